"""Codes of the live visit in words."""

from flask_babel import lazy_gettext as _l

PHASE_WORDS = {
    "later": _l("Later"),
    "ready": _l("Check-in open"),
    "checking_in": _l("Checking in"),
    "late": _l("Delayed"),
    "waiting": _l("Ready to begin"),
    "live": _l("Live"),
    "paused": _l("Paused"),
    "ended": _l("Over"),
}
PHASE_TONES = {"ready": "wait", "checking_in": "wait", "late": "bad", "waiting": "wait", "live": "good", "paused": "bad"}
KIND_WORDS = {
    "family_visit": _l("Family visit"),
    "family_call": _l("Family call"),
    "legal_consult": _l("Legal consultation"),
    "lawyer_meeting": _l("Lawyer meeting"),
    "mediation_session": _l("Mediation"),
}
OUTCOME_WORDS = {
    "completed": _l("Completed"),
    "ended_by_officer": _l("Ended early by the officer"),
    "ended_by_visitor": _l("Ended early by the visitor"),
    "ended_by_inmate": _l("Ended early by the inmate"),
    "no_show_visitor": _l("Visitor did not come"),
    "no_show_lawyer": _l("Lawyer did not come"),
    "no_show_inmate": _l("Inmate was not brought"),
    "refused_by_inmate": _l("Refused by the inmate"),
    "failed_identity": _l("Identity not confirmed"),
    "technical": _l("Technical failure"),
}
WIRE_OUTCOME_WORDS = OUTCOME_WORDS | {
    "not_held": _l("Never began"),
    "abandoned": _l("Nobody outside came back"),
    "moved": _l("Moved to another broker"),
    "left": _l("Left"),
    "closed": _l("The broker stopped"),
    "test_over": _l("Test over"),
    "ended_by_command": _l("Ended from the desk"),
    "cancelled": _l("Cancelled"),
}
"""How a broker says that a session ended: shown in the record of its events."""
IDENTITY_WORDS = {"unchecked": _l("Not checked yet"), "confirmed": _l("Identity confirmed"), "failed": _l("Not confirmed"), "absent": _l("Not here")}
IDENTITY_TONES = {"confirmed": "good", "failed": "bad", "absent": "wait"}
IDENTITY_REASON_WORDS = {
    "face_differs": _l("The face is not the registered one"),
    "document_differs": _l("The document is not the registered one"),
    "document_missing": _l("No document was shown"),
    "other_person": _l("Another person is in the picture"),
    "unclear_picture": _l("The picture is not clear enough to decide"),
}
RESULT_WORDS = {
    "clean": _l("Nothing to object to"),
    "concern": _l("Concern for a person"),
    "violation": _l("Rule broken"),
    "inaudible": _l("Nothing could be heard or seen"),
}
TASK_WORDS = {
    "OFFICER_SILENT": _l("The officer at the console does not answer"),
    "OFFICER_LOST": _l("No officer is supervising: the picture is stopped"),
    "TERMINAL_LOST": _l("The terminal has lost its connection"),
    "OUTSIDE_LOST": _l("Nobody outside is connected any more"),
    "RECORDER_STALLED": _l("The recording does not grow"),
    "RECORDING_FAILED": _l("The recording failed"),
    "JOURNAL_FAILED": _l("The video server cannot write down what happens: picture and sound stop in half a minute"),
    "LINE_BAD": _l("The line is bad"),
    "WARNING_UNCONFIRMED": _l("A warning has not been confirmed"),
    "VISITOR_LATE": _l("Somebody of the party has come late and waits to be checked"),
}
CARRIED_RECORDING = {
    "none": _l("not recorded"),
    "on": _l("being recorded"),
    "waits": _l("recorded as soon as it goes on"),
    "broken": _l("the recording is in trouble"),
}
"""The state of the recording as it goes with a handover."""
AWAITS_WORDS = {
    "OFFICER": _l("no officer"),
    "TERMINAL": _l("terminal missing"),
    "VISITOR": _l("visitor missing"),
    "CHECK_IN": _l("check-in"),
    "PAUSED": _l("paused"),
    "STANDING": _l("the prison's application did not answer"),
    "RECORDING": _l("recording not possible"),
    "ENDED": _l("over"),
    "FACTS": _l("not opened yet"),
    "TIME_UP": _l("time used up"),
    "HARD_END": _l("the place was needed"),
    "TERMINAL_LOST": _l("terminal lost"),
    "OUTSIDE_LOST": _l("visitor lost"),
    "BROKER_LOST": _l("broker lost"),
    "COMMAND": _l("from the desk"),
    "rule": _l("rule broken"),
    "unregistered_person": _l("unregistered person in the picture"),
    "visitor_asked": _l("the visitor asked"),
    "inmate_asked": _l("the inmate asked"),
    "finished_early": _l("both finished early"),
    "technical": _l("technical failure"),
    "emergency": _l("emergency"),
    "officer": _l("by the officer"),
    "late_visitor": _l("a visitor came late"),
    "break": _l("a short break"),
}
"""Reasons of a gate, a stage or an end. What is not here was written by an officer and is shown as it stands."""
SEGMENT_WORDS = {"reported": _l("being fetched"), "stored": _l("stored, hash verified"), "damaged": _l("damaged"), "deleted": _l("deleted after retention")}
EVENT_WORDS = {
    "session_opened": _l("Session opened"),
    "joined": _l("Joined"),
    "rejoined": _l("Joined again"),
    "lost": _l("Connection lost"),
    "left": _l("Left"),
    "stage": _l("Stage"),
    "gate": _l("Gate"),
    "muted": _l("Muted"),
    "lifted": _l("Mute lifted"),
    "spoke": _l("Officer speaks"),
    "hushed": _l("Officer silent again"),
    "message": _l("Message"),
    "shown": _l("Message shown"),
    "confirmed": _l("Message confirmed"),
    "warned": _l("Warning"),
    "marked": _l("Mark"),
    "extended": _l("Extended"),
    "handed_over": _l("Handed over"),
    "revoked": _l("Admission withdrawn"),
    "segment": _l("Recording segment"),
    "recording_failed": _l("Recording failed"),
    "forgotten": _l("Deleted from the broker"),
    "coverage": _l("Coverage"),
    "quality": _l("Line quality"),
    "task": _l("Task"),
    "ended": _l("Ended"),
}
