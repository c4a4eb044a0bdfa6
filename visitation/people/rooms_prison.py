"""What this room gives to the prison's application."""

from flask import Blueprint

from visitation.people import (
    views_answers_prison,
    views_import_prison,
    views_inmates_prison,
    views_kinship_prison,
    views_merging_prison,
    views_objections_prison,
    views_places_prison,
    views_seen_prison,
    views_suspensions_prison,
    views_terminals_prison,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    views_answers_prison.blueprint,
    views_import_prison.blueprint,
    views_inmates_prison.blueprint,
    views_kinship_prison.blueprint,
    views_merging_prison.blueprint,
    views_objections_prison.blueprint,
    views_places_prison.blueprint,
    views_seen_prison.blueprint,
    views_suspensions_prison.blueprint,
    views_terminals_prison.blueprint,
)
