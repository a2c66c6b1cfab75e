"""
How media operations end: codes of "Play action" and "Recognize action" events
in "Call automation error codes" of the Communication Services docs.

Consumers branch on the codes; the texts are ours.
"""

from __future__ import annotations

from .callbacks import DONE, Result

PLAYED = DONE
MAX_DIGITS = Result(200, 8531, "Action completed, max digits received.")
STOP_TONE = Result(200, 8514, "Action completed, a stop tone was detected.")
TONE_MATCHED = Result(200, 8533, "Action completed, DTMF option matched.")
SPEECH_MATCHED = Result(200, 8545, "Action completed, speech was recognized.")

CANCELED = Result(400, 8508, "Action failed, the operation was canceled.")
INITIAL_SILENCE = Result(400, 8510, "Action failed, initial silence timeout reached.")
PROMPT_FAILED = Result(500, 8511, "Action failed, the prompt could not be played.")
INTER_DIGIT = Result(400, 8532, "Action failed, inter-digit timeout reached.")
INCORRECT_TONE = Result(500, 8534, "Action failed, incorrect tone entered.")
SPEECH_NOT_MATCHED = Result(400, 8547, "Action failed, no speech option matched.")


def bad_file(reason: str) -> Result:
    """
    The file is not what can be played.
    """
    return Result(400, 8535, f"Action failed, file format is invalid: {reason}.")


def not_downloaded(reason: str) -> Result:
    """
    The file could not be had.
    """
    text = f"Action failed, file could not be downloaded: {reason}."
    return Result(400, 8536, text)


def speech_service_failed(reason: str) -> Result:
    """
    Where Azure would report trouble with its AI services: code documented; that
    a missing local voice is told in this way is our choice.
    """
    return Result(400, 8565, f"Action failed, speech cannot be used: {reason}.")
