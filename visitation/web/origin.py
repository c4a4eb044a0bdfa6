"""A request that changes something must come from this very origin, port included: cookies alone do not tell two ports apart."""

from flask import Flask, abort, request

SAFE = {"GET", "HEAD", "OPTIONS"}


def install_origin_check(app: Flask, origin: str) -> None:
    allowed = {part.strip() for part in origin.split(",")}

    @app.before_request
    def _check() -> None:
        if request.method in SAFE:
            return
        stated = request.headers.get("Origin") or _of_referrer(request.headers.get("Referer", ""))
        if stated not in allowed:
            abort(403)


def _of_referrer(referrer: str) -> str:
    return "/".join(referrer.split("/", 3)[:3])
