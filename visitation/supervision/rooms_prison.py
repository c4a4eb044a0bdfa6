"""What this room brings to the prison's application."""

from visitation.supervision import views_live, views_prison, views_recordings
from visitation.supervision.link import link_command

BLUEPRINTS = [views_prison.blueprint, views_live.blueprint, views_recordings.blueprint]
COMMANDS = [link_command]
