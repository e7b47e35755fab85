"""The cookies by which a browser is known. Behind TLS they bear `__Host-`: no other host and no
plain connection can set or read them."""

from typing import Any

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response

SESSION = "greffier_session"
STEP = "greffier_step"  # the password was right, the code is still to come
_HOST_ONLY = "__Host-"


def token_in(name: str) -> str:
    """What this browser's cookie holds; nothing if it has none."""
    return request.cookies.get(_named(name), "")


def put(response: Response, name: str, token: str, max_age: int | None = None) -> None:
    """Let the browser keep it; without `max_age` (seconds) until it is closed."""
    kept: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    response.set_cookie(_named(name), token, max_age=max_age, **kept)


def take(response: Response, name: str) -> None:
    """Let the browser forget it."""
    gone: dict[str, Any] = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    response.delete_cookie(_named(name), **gone)


def _named(name: str) -> str:
    return f"{_HOST_ONLY}{name}" if request.is_secure else name


class FormCookie(SecureCookieSessionInterface):
    """The cookie of Flask's own session, which holds the forms' secret and where to go back to."""

    def get_cookie_name(self, app: Flask) -> str:
        return _named(super().get_cookie_name(app))

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask calls it so
        return request.is_secure
