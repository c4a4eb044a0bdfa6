"""What this room gives to the prison's application."""

from flask import Blueprint

from visitation.accounts import views_devices_prison, views_own_prison, views_prison, views_recovery_prison, views_staff_prison

BLUEPRINTS: tuple[Blueprint, ...] = (
    views_prison.blueprint,
    views_own_prison.blueprint,
    views_staff_prison.blueprint,
    views_devices_prison.blueprint,
    views_recovery_prison.blueprint,
)
