"""The channels that an installation has, from its settings."""

from config import Settings
from visitation.kernel.clock import Clock
from visitation.notices.channels import Mail, Sms
from visitation.notices.delivery import CalendarOf, Post
from visitation.notices.mail import FileMail, SmtpMail
from visitation.notices.sms import FileSms, HttpSms


def open_post(settings: Settings, clock: Clock, calendar: CalendarOf | None = None) -> Post:
    """A gateway and a relay where they are configured; else files under `data_dir/outgoing`, which the demo shows."""
    outgoing = settings.data_dir / "outgoing"
    token = settings.sms_token.get_secret_value() if settings.sms_token else ""
    sms: Sms = HttpSms(settings.sms_url, token) if settings.sms_url else FileSms(outgoing / "sms.jsonl", clock.now)
    mail: Mail = (
        SmtpMail(settings.smtp_url.get_secret_value(), settings.mail_from, clock.now)
        if settings.smtp_url
        else FileMail(outgoing / "mail", settings.mail_from, clock.now)
    )
    origin = settings.family_origin.split(",")[0].strip().rstrip("/")
    return Post(sms, mail, origin, clock.now, calendar)
