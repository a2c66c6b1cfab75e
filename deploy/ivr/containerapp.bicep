// The sample IVR on Azure Container Apps.
//
//   az deployment group create -g RESOURCE-GROUP -f deploy/ivr/containerapp.bicep \
//     -p image=REGISTRY.azurecr.io/ivr-sample:1 registry=REGISTRY \
//     -p settings=@ivr.toml acsAccessKey=KEY eventsKey=KEY
//
// One replica: the calls in progress are in the memory of one process, and Azure's
// callbacks must reach it.  One process holds some hundreds of calls.
//
// Several revisions may be active, so that a new one takes the new calls while the old
// one ends its own: each gives out callback URLs with its own host name.

@description('Image of the sample IVR, with its tag.')
param image string

@description('Name of the Azure container registry that holds the image.')
param registry string

@description('The settings file: -p settings=@ivr.toml')
@secure()
param settings string

@description('An access key of the Communication Services resource.')
@secure()
param acsAccessKey string

@description('What the Event Grid subscription sends in its secret header.')
@secure()
@minLength(16)
param eventsKey string

@description('Bearer token for callback.webhook, if the settings have one.')
@secure()
param webhookKey string = ''

param name string = 'ivr-sample'
param location string = resourceGroup().location

resource acr 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registry
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
}

var acrPull = subscriptionResourceId(
  'Microsoft.Authorization/roleDefinitions',
  '7f951dda-4ed3-4680-a7ca-43fe172d538d'
)

resource mayPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(acr.id, identity.id, acrPull)
  scope: acr
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: acrPull
  }
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: name
  location: location
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource environment 'Microsoft.App/managedEnvironments@2024-03-01' = {
  name: name
  location: location
  properties: {
    appLogsConfiguration: {
      destination: 'log-analytics'
      logAnalyticsConfiguration: {
        customerId: logs.properties.customerId
        sharedKey: logs.listKeys().primarySharedKey
      }
    }
  }
}

var plainSecrets = [
  { name: 'settings', value: settings }
  { name: 'acs-access-key', value: acsAccessKey }
  { name: 'events-key', value: eventsKey }
]
var webhookSecrets = empty(webhookKey) ? [] : [{ name: 'webhook-key', value: webhookKey }]
var webhookVariables = empty(webhookKey)
  ? []
  : [{ name: 'IVR_CALLBACK_WEBHOOK_KEY', secretRef: 'webhook-key' }]

resource app 'Microsoft.App/containerApps@2024-03-01' = {
  name: name
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  dependsOn: [mayPull]
  properties: {
    managedEnvironmentId: environment.id
    configuration: {
      activeRevisionsMode: 'Multiple'
      ingress: {
        external: true
        targetPort: 8090
        transport: 'http'
        allowInsecure: false
        traffic: [{ latestRevision: true, weight: 100 }]
      }
      registries: [{ server: acr.properties.loginServer, identity: identity.id }]
      secrets: concat(plainSecrets, webhookSecrets)
    }
    template: {
      // Longer than ivr.drain_seconds and the 20 s in which callers go to the human.
      terminationGracePeriodSeconds: 120
      containers: [
        {
          name: 'ivr'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          command: ['/bin/sh', '-c']
          args: [
            'IVR_CALLBACK_URL="https://$CONTAINER_APP_HOSTNAME" exec twistd -n --pidfile= ivr-sample --config=/etc/ivr/ivr.toml'
          ]
          env: concat(
            [
              { name: 'IVR_PUBLIC_URL', value: 'https://${name}.${environment.properties.defaultDomain}' }
              { name: 'IVR_ACS_ACCESS_KEY', secretRef: 'acs-access-key' }
              { name: 'IVR_EVENTS_KEY', secretRef: 'events-key' }
            ],
            webhookVariables
          )
          volumeMounts: [{ volumeName: 'settings', mountPath: '/etc/ivr' }]
          probes: [
            {
              type: 'Startup'
              httpGet: { path: '/health/live', port: 8091 }
              periodSeconds: 2
              failureThreshold: 30
            }
            {
              type: 'Liveness'
              httpGet: { path: '/health/live', port: 8091 }
              periodSeconds: 10
            }
            {
              type: 'Readiness'
              httpGet: { path: '/health/ready', port: 8091 }
              periodSeconds: 5
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'settings'
          storageType: 'Secret'
          secrets: [{ secretRef: 'settings', path: 'ivr.toml' }]
        }
      ]
      scale: { minReplicas: 1, maxReplicas: 1 }
    }
  }
}

output eventsEndpoint string = 'https://${app.properties.configuration.ingress.fqdn}/v1/events'
