"""What each kind of notice says. The SMS and the e-mail are neutral: no inmate, no prison; whoever sees the telephone learns nothing.

Every text is lazy: it is put into words when it is shown or delivered, in the language of the person it is for.
"""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from visitation.notices.text import Text as Text
from visitation.notices.texts_roster import ROSTER

KINDS: dict[str, Text] = {
    "question_received": Text(
        _l("Your question has arrived"),
        _l("Question %(ref)s has arrived. A lawyer answers it in writing; you are told when the answer is there."),
        _l("[Legal help] Your question %(ref)s has arrived. You will be told when it is answered."),
        "chat-square-text",
        "wait",
    ),
    "question_answered": Text(
        _l("Your question is answered"),
        _l("The answer to question %(ref)s is there. Please open it here."),
        _l("[Legal help] Your question %(ref)s is answered. Please sign in to read it."),
        "chat-square-text",
        "good",
    ),
    "question_later": Text(
        _l("The answer takes longer"),
        _l("The lawyer needs more time for question %(ref)s, and it was granted. The new date stands with your question; you need not do anything."),
        _l("[Legal help] The answer to %(ref)s takes longer. Nothing is lost; you need not do anything."),
        "hourglass-split",
        "wait",
    ),
    "question_transferred": Text(
        _l("Your question was passed on"),
        _l("Question %(ref)s belongs to another office and was passed on: %(reason)s"),
        _l("[Legal help] Your question %(ref)s was passed on to the office in charge. Please sign in to read where."),
        "signpost-split",
        "calm",
    ),
    "mediation_follow_up": Text(
        _l("Please ask whether an agreement is kept"),
        _l("Today somebody asks both sides of mediation case %(ref)s whether what they agreed is kept."),
        _l("[Mediation] Case %(ref)s: today please ask whether the agreement is kept."),
        "chat-heart",
        "wait",
    ),
    "help_conflicts_asked": Text(
        _l("Please look for conflicts of interest"),
        _l("For the legal-help day %(when)s you are shown names in %(count)s cases. Please say of each whether there is a conflict; one tap answers all."),
        _l("[Legal help] Please sign in and say whether there is a conflict of interest in the cases for %(when)s (%(ref)s)."),
        "shield-check",
        "wait",
    ),
    "help_paper_arrived": Text(
        _l("Papers for one of your cases"),
        _l("In case %(ref)s the papers that were asked for have arrived. The page of the case shows them to you alone."),
        _l("[Legal help] Papers have arrived in case %(ref)s. Please sign in to see them."),
        "file-earmark-check",
        "wait",
    ),
    "help_day_published": Text(
        _l("Your legal-help day is planned"),
        _l("The legal-help day %(when)s is published: %(count)s consultations are yours. Your page shows when each begins."),
        _l("[Legal help] The day %(when)s (%(ref)s) is published. Please sign in to see your consultations."),
        "calendar-check",
        "good",
    ),
    "help_day_changed": Text(
        _l("Your legal-help day has changed"),
        _l("On the legal-help day %(when)s something of yours has changed. Your page shows the consultations as they stand now."),
        _l("[Legal help] Something has changed on %(when)s (%(ref)s). Please sign in to see your consultations."),
        "calendar2-event",
        "wait",
    ),
    "help_day_taken_back": Text(
        _l("Your legal-help day is planned anew"),
        _l("The plan of the legal-help day %(when)s is taken back and made anew. You serve as before; the consultations are told to you again."),
        _l("[Legal help] The plan for %(when)s (%(ref)s) is made anew. You will be told your consultations again."),
        "calendar2-event",
        "wait",
    ),
    **ROSTER,
    "referral_link": Text(
        _l("An address for you"),
        _l("A lawyer has chosen offices near you that can help: %(link)s"),
        _l("[Legal help] A lawyer has chosen offices near you that can help: %(link)s The link opens on one device only. Questions: 12348."),
        "signpost-split",
    ),
    "help_part_asked": Text(
        _l("Your relative asks you for something"),
        _l("Your relative has asked for legal help and asks you for something, number %(ref)s. Your relative agreed that you are told. Please open it here."),
        _l("[Legal help] Something is asked of you (%(ref)s). Please sign in to read it."),
        "chat-square-text",
        "wait",
    ),
    "kinship_received": Text(
        _l("Your proof of kinship has arrived"),
        _l(
            "We have received your request %(ref)s and the documents you sent. "
            "The prison examines them within the time named on the page. You need not do anything now."
        ),
        _l("[Appointments] Your request %(ref)s has arrived. You will be told the decision; you need not do anything now."),
        "inbox",
        "wait",
    ),
    "kinship_approved": Text(
        _l("Your kinship is confirmed"),
        _l("Request %(ref)s has been approved. You can book a visit now."),
        _l("[Appointments] Your request %(ref)s has been approved. Please sign in for the next step."),
        "person-check",
        "good",
    ),
    "kinship_refused": Text(
        _l("Your request was not approved"),
        _l("Request %(ref)s was not approved. %(reason)s You can send further documents, or object; another person decides on an objection."),
        _l("[Appointments] There is a decision on your request %(ref)s. Please sign in to read it and what you can do."),
        "person-x",
        "bad",
    ),
    "kinship_late": Text(
        _l("The review takes longer"),
        _l("Request %(ref)s could not be decided in time. It has not been lost; it stands first on the list. You need not send anything again."),
        _l("[Appointments] The decision on %(ref)s takes longer than planned. Nothing is lost; you need not do anything."),
        "hourglass-split",
        "wait",
    ),
    "booking_requested": Text(
        _l("Your visit is requested"),
        _l("Visit %(ref)s on %(when)s is kept for you while the prison examines it. You will be told the decision."),
        _l("[Appointments] Your request %(ref)s for %(when)s has arrived. The time is kept for you until it is decided."),
        "hourglass-split",
        "wait",
        True,
    ),
    "booking_confirmed": Text(
        _l("Your visit is booked"),
        _l("Visit %(ref)s takes place on %(when)s. Please test camera and microphone before the day, and have your identity document at hand."),
        _l("[Appointments] %(ref)s is confirmed for %(when)s. Please sign in to prepare and to test your device."),
        "calendar-check",
        "good",
        True,
    ),
    "booking_changed": Text(
        _l("Your visit has changed"),
        _l("Visit %(ref)s now takes place on %(when)s. The reference is the same as before."),
        _l("[Appointments] %(ref)s has changed: now %(when)s. Please sign in to see what has changed."),
        "calendar2-event",
        "wait",
        True,
    ),
    "booking_moved": Text(
        _l("The prison has moved your visit"),
        _l(
            "Visit %(ref)s now takes place on %(when)s. %(reason)s The reference and your monthly visits stay as they were. "
            "Please confirm on the page that you know; if the time does not suit you, you can choose another one there."
        ),
        _l("[Appointments] %(ref)s has been moved: now %(when)s. Please sign in and confirm that you know, or choose another time."),
        "calendar2-event",
        "wait",
        True,
    ),
    "booking_alternatives": Text(
        _l("Please choose another time for your visit"),
        _l(
            "Visit %(ref)s on %(when)s cannot stay where it is. %(reason)s Other times are kept for you on the page for a while. "
            "It does not cost a further visit of the month."
        ),
        _l("[Appointments] %(ref)s on %(when)s has to be moved. Other times are kept for you for a while: please sign in and choose one."),
        "calendar2-range",
        "wait",
    ),
    "booking_left": Text(
        _l("You no longer take part in a visit"),
        _l("Visit %(ref)s on %(when)s goes on without you. Whoever booked it has changed who takes part."),
        _l("[Appointments] You no longer take part in %(ref)s on %(when)s. Whoever booked it has changed who takes part."),
        "person-dash",
        "calm",
    ),
    "waiting_offer": Text(
        _l("A time has become free for you"),
        _l("From the waiting list (%(ref)s): a visit on %(when)s is kept for you for a while. Please accept or decline it; otherwise it goes to the next."),
        _l("[Appointments] %(ref)s: a time on %(when)s has become free and is kept for you for a while. Please sign in and accept or decline."),
        "calendar-heart",
        "good",
    ),
    "waiting_over": Text(
        _l("Your place on the waiting list has ended"),
        _l("Waiting-list entry %(ref)s has ended: its days have passed, or several offers were not answered. You can join the list again at any time."),
        _l("[Appointments] %(ref)s on the waiting list has ended. You can join again at any time; please sign in."),
        "hourglass-bottom",
        "calm",
    ),
    "booking_refused": Text(
        _l("Your visit was not approved"),
        _l(
            "Visit %(ref)s on %(when)s was not approved. %(reason)s "
            "It has not been taken off your monthly visits. You can object; another person decides on an objection."
        ),
        _l("[Appointments] There is a decision on your request %(ref)s. Please sign in to read it and what you can do."),
        "calendar-x",
        "bad",
        True,
    ),
    "booking_cancelled": Text(
        _l("Your visit is cancelled"),
        _l("Visit %(ref)s on %(when)s does not take place. %(reason)s"),
        _l("[Appointments] %(ref)s on %(when)s does not take place. Please sign in to read why, and to choose another time."),
        "calendar-x",
        "bad",
        True,
    ),
    "session_arranged": Text(
        _l("A session is arranged for you"),
        _l("Session %(ref)s takes place by video on %(when)s. Open the page ten minutes before, with the document that is compared at the beginning."),
        _l("[Appointments] %(ref)s is arranged for %(when)s, by video. Please sign in to read what to prepare."),
        "calendar-check",
        "good",
        True,
    ),
    "session_reminder": Text(
        _l("A session begins soon"),
        _l("Session %(ref)s begins on %(when)s. Open the page ten minutes before, with the document that is compared at the beginning."),
        _l("[Appointments] Reminder: %(ref)s begins on %(when)s. Please open the page ten minutes before."),
        "bell",
        "wait",
    ),
    "session_moved": Text(
        _l("A session has another time"),
        _l("Session %(ref)s now takes place on %(when)s. The reference stays the same. If you cannot come then, please telephone the prison."),
        _l("[Appointments] %(ref)s now takes place on %(when)s. Please sign in, or telephone if you cannot come."),
        "calendar2-event",
        "wait",
        True,
    ),
    "session_called_off": Text(
        _l("A session does not take place"),
        _l("Session %(ref)s on %(when)s does not take place. %(reason)s You need not do anything; you are told when another time is arranged."),
        _l("[Appointments] %(ref)s on %(when)s does not take place. Please sign in to read why."),
        "calendar-x",
        "bad",
        True,
    ),
    "booking_reminder": Text(
        _l("Your visit is soon"),
        _l("Visit %(ref)s begins on %(when)s. Open the page ten minutes before, in a quiet and well-lit place, with your identity document."),
        _l("[Appointments] Reminder: %(ref)s begins on %(when)s. Please open the page ten minutes before."),
        "bell",
        "wait",
    ),
    "equipment_due": Text(
        _l("Please test your camera and microphone"),
        _l(
            "Visit %(ref)s begins on %(when)s. Please test the camera, the microphone and the network now, "
            "with the device and in the place of the visit. It takes one minute."
        ),
        _l("[Appointments] %(ref)s on %(when)s: please test your camera and microphone now; sign in, it takes one minute."),
        "camera-video",
        "wait",
    ),
    "visit_ended": Text(
        _l("Your visit has ended"),
        _l("Visit %(ref)s has ended. Thank you for keeping the rules of the visit."),
        _l("[Appointments] %(ref)s has ended."),
        "check2-circle",
        "good",
    ),
    "visit_technical": Text(
        _l("Your visit was cut short by the line"),
        _l(
            "Visit %(ref)s ended early for a technical reason that was not your fault. "
            "It has been given back to your monthly visits, and you can book again in one step."
        ),
        _l("[Appointments] %(ref)s was disturbed by a technical fault and does not count. Please sign in to choose another time."),
        "wifi-off",
        "bad",
    ),
    "objection_received": Text(
        _l("Your objection has arrived"),
        _l("Objection %(ref)s has been received. A person who did not take the first decision examines it."),
        _l("[Appointments] Your objection %(ref)s has arrived. You will be told the decision."),
        "inbox",
        "wait",
    ),
    "objection_decided": Text(
        _l("Your objection is decided"),
        _l("Objection %(ref)s has been decided. %(reason)s"),
        _l("[Appointments] Your objection %(ref)s has been decided. Please sign in to read the answer."),
        "clipboard-check",
        "calm",
    ),
    "suspension_set": Text(
        _l("Your visits are paused"),
        _l("Visits are paused for the time named on the page (%(ref)s). %(reason)s You can object; another person decides on an objection."),
        _l("[Appointments] There is a decision that concerns your appointments (%(ref)s). Please sign in to read it and what you can do."),
        "pause-circle",
        "bad",
    ),
    "number_changed": Text(
        _l("Your account has a new telephone number"),
        _l(
            "Request %(ref)s has been approved. You sign in with the new number from now on; "
            "every earlier sign-in has ended and a password has to be chosen anew."
        ),
        _l("[Appointments] Your request %(ref)s has been approved. Please sign in with this number."),
        "telephone-plus",
        "good",
    ),
    "number_refused": Text(
        _l("A new telephone number was not approved"),
        _l("Request %(ref)s for a new telephone number was not approved. The account stays as it is."),
        _l("[Appointments] There is a decision on your request %(ref)s. Please open the page of the request to read it and what you can do."),
        "telephone-x",
        "bad",
    ),
    "number_replaced": Text(
        _l("Your telephone number was replaced"),
        _l("By request %(ref)s the account has another telephone number. If you did not ask for this, telephone the prison at once."),
        _l("[Appointments] By request %(ref)s your account has another number. If you did not ask for this, please telephone at once."),
        "telephone-forward",
        "bad",
    ),
    "account_joined": Text(
        _l("Your two accounts have become one"),
        _l(
            "Two accounts of yours have been joined, and one was closed. "
            "Nothing is lost: please sign in with the other one. If you have no other, please telephone."
        ),
        _l(
            "[Appointments] The account of this number is closed: it was joined with your other one. "
            "Please sign in with that. If you have none, please telephone."
        ),
        "people",
        "wait",
    ),
    "assisted": Text(
        _l("A clerk is acting for you"),
        _l(
            "Since %(when)s a clerk (%(clerk)s) at a justice station may act for you; what they do is on record. "
            "If you are not at a counter, telephone the prison."
        ),
        _l("[Appointments] A clerk acts for you since %(when)s (%(ref)s). If you are not at a counter, please telephone."),
        "person-workspace",
        "wait",
    ),
}

PURPOSES: dict[str, Any] = {
    "register": _l("to register"),
    "sign_in": _l("to sign in"),
    "change_mobile": _l("to change your mobile number"),
    "assist": _l("to let the clerk at the counter act for you"),
}


def code_text(purpose: str, code: str) -> str:
    """The SMS with a one-time code. It says what the code is for, so that nobody can be talked into giving it away."""
    what = PURPOSES.get(purpose, _l("to confirm"))
    return str(gettext("[Appointments] %(code)s is your code %(purpose)s, valid for 5 minutes. Tell it to nobody.", code=code, purpose=what))
