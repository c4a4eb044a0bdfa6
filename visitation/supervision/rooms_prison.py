"""What this room brings to the prison's application."""

from visitation.supervision import views_live, views_prison, views_recordings, views_relistening, views_requests, views_reviews, views_wall
from visitation.supervision.link import link_command

BLUEPRINTS = [views_prison.blueprint, views_live.blueprint, views_wall.blueprint, views_recordings.blueprint]
BLUEPRINTS += [views_requests.blueprint, views_relistening.blueprint, views_reviews.blueprint]
COMMANDS = [link_command]
