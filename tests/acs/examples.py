"""
Messages as the service sends them.

Sources: Microsoft Learn, "Azure Communication Services as an Event Grid source",
"Endpoint validation with Event Grid event schema"; recordings of the Azure SDKs.
"""

from __future__ import annotations

RESOURCE = "6b5f2c1e-7a3d-4f0a-9c58-1d2e3f4a5b6c"
USER = f"8:acs:{RESOURCE}_0000002b-1c7e-4a55-92fd-8b3a0d00a1f2"
TOPIC = (
    "/subscriptions/00000000-1111-2222-3333-444444444444/resourcegroups/rg/providers"
    "/microsoft.communication/communicationservices/acs1"
)

HANDSHAKE = b"""
[{
  "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
  "topic": "/subscriptions/00000000-1111-2222-3333-444444444444",
  "subject": "",
  "data": {
    "validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6",
    "validationUrl": "https://rp-eastus2.eventgrid.azure.net:553/validate?id=512d38b6"
  },
  "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
  "eventTime": "2025-06-17T17:20:31.7185274Z",
  "metadataVersion": "1",
  "dataVersion": "2"
}]
"""

_DATA = """{
  "to": { "kind": "phoneNumber", "rawId": "4:+18005550100",
          "phoneNumber": { "value": "+18005550100" } },
  "from": { "kind": "phoneNumber", "rawId": "4:+14255550123",
            "phoneNumber": { "value": "+14255550123" } },
  "serverCallId": "aHR0cHM6Ly9jb252LXVzZWEtMDEuY29udi5za3lwZS5jb20vY29udi9BQkNE",
  "callerDisplayName": "",
  "incomingCallContext":
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJjYyI6Ikg0c0lBLi4uIn0.",
  "correlationId": "f8a0c1de-1d2f-4a5b-8c6d-7e8f90a1b2c3"
}"""

TO_NUMBER = f"""
[{{
  "id": "d5546be8-227a-4db8-b2c3-4f06fd4675dd",
  "topic": "{TOPIC}",
  "subject": "/caller/4:+14255550123/recipient/4:+18005550100",
  "data": {_DATA},
  "eventType": "Microsoft.Communication.IncomingCall",
  "dataVersion": "1.0",
  "metadataVersion": "1",
  "eventTime": "2025-06-17T17:20:31.7185274Z"
}}]
""".encode()

CLOUD_EVENT = f"""
{{
  "id": "d5546be8-227a-4db8-b2c3-4f06fd4675dd",
  "source": "{TOPIC}",
  "subject": "/caller/4:+14255550123/recipient/4:+18005550100",
  "type": "Microsoft.Communication.IncomingCall",
  "time": "2025-06-17T17:20:31.7185274Z",
  "specversion": "1.0",
  "data": {_DATA}
}}
""".encode()

TO_USER = f"""
[{{
  "id": "0b3f4f5e-62d5-4c3d-9e0b-0a7d4a1f6c11",
  "topic": "{TOPIC}",
  "subject": "/caller/4:+14255550123/recipient/{USER}",
  "data": {{
    "to": {{ "kind": "communicationUser", "rawId": "{USER}",
             "communicationUser": {{ "id": "{USER}" }} }},
    "from": {{ "kind": "phoneNumber", "rawId": "4:+14255550123",
               "phoneNumber": {{ "value": "+14255550123" }} }},
    "serverCallId": "aHR0cHM6Ly9jb252LXVzZWEtMDEuY29udi5za3lwZS5jb20vY29udi9BQkNE",
    "callerDisplayName": "",
    "customContext": {{
      "sipHeaders": {{}},
      "voipHeaders": {{ "accountNumber": "12345", "returnTo": "8:acs:ivr" }}
    }},
    "incomingCallContext":
      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJjYyI6Ikg0c0lBLi4uIn0.",
    "correlationId": "f8a0c1de-1d2f-4a5b-8c6d-7e8f90a1b2c3"
  }},
  "eventType": "Microsoft.Communication.IncomingCall",
  "dataVersion": "1.0",
  "metadataVersion": "1",
  "eventTime": "2025-06-17T17:21:02.1120031Z"
}}]
""".encode()

CALL_CONNECTED = b"""
[{
  "id": "6f2b7c7e-1c9d-4d0e-9b7d-94d5d3f4f001",
  "source": "calling/callConnections/401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f",
  "type": "Microsoft.Communication.CallConnected",
  "data": {
    "version": "2026-03-12",
    "callConnectionId": "401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f",
    "serverCallId": "aHR0cHM6Ly9jb252LXVzZWEtMDEuY29udi5za3lwZS5jb20vY29udi9BQkNE",
    "correlationId": "f8a0c1de-1d2f-4a5b-8c6d-7e8f90a1b2c3",
    "operationContext": "answer-7f3c",
    "resultInformation": { "code": 200, "subCode": 0, "message": "" },
    "publicEventType": "Microsoft.Communication.CallConnected"
  },
  "time": "2025-06-17T17:20:33.9185274+00:00",
  "specversion": "1.0",
  "datacontenttype": "application/json",
  "subject": "calling/callConnections/401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f"
}]
"""

CALL_DISCONNECTED = b"""
[{
  "id": "6f2b7c7e-1c9d-4d0e-9b7d-94d5d3f4f002",
  "source": "calling/callConnections/401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f",
  "type": "Microsoft.Communication.CallDisconnected",
  "data": {
    "callConnectionId": "401f2f00-7b5c-4a5e-8f6d-1f0b2c3d4e5f",
    "serverCallId": "aHR0",
    "correlationId": "f8a0c1de-1d2f-4a5b-8c6d-7e8f90a1b2c3",
    "resultInformation": {
      "code": 200, "subCode": 7000,
      "message": "Call was ended by Azure Communication Service Call Automation API."
    }
  },
  "time": "2025-06-17T17:20:33.9185274+00:00",
  "specversion": "1.0"
}]
"""
