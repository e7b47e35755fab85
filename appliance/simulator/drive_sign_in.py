"""Signing in with Google (developers.google.com/identity/protocols/oauth2/native-app).

The app opens a browser on a consent page, and gets the answer on a loopback address.
"""

import base64
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response

from appliance.simulator.drive_accounts import SCOPES, Account, App
from appliance.simulator.drive_gate import Gate
from appliance.simulator.drive_key import ServiceKey
from appliance.simulator.drive_refusals import GrantError, RefusedError
from appliance.simulator.drive_tokens import TESTING_LIFE, Asked, Tokens

_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PAGE = ("/o/oauth2/v2/auth", "/o/oauth2/auth")
_MEANINGS = {
    SCOPES + "drive.file": "Voir et gérer les fichiers Drive créés avec cette application",
    SCOPES + "drive": "Voir, modifier, créer et supprimer tous vos fichiers Drive",
    SCOPES + "drive.readonly": "Voir et télécharger tous vos fichiers Drive",
}


class SignIn:
    """The consent page, and the endpoints for tokens."""

    def __init__(self, gate: Gate, tokens: Tokens, app: App, person: Account) -> None:
        self._gate, self._tokens, self._app, self._person = gate, tokens, app, person
        self.keys: list[tuple[Account, ServiceKey]] = []
        self.auto_approve = False
        self.ticked: frozenset[str] | None = None
        self.seen: list[Asked] = []

    def join(self, app: Flask) -> None:
        for number, path in enumerate(_PAGE):
            app.add_url_rule(path, f"consent{number}", self.consent)
            app.add_url_rule(path, f"decide{number}", self.decide, methods=["POST"])
        app.add_url_rule("/token", "token", self.token, methods=["POST"])
        app.add_url_rule("/revoke", "revoke", self.revoke, methods=["GET", "POST"])
        app.register_error_handler(GrantError, lambda error: (jsonify(error.body()), error.status))

    # -- in the browser

    def consent(self) -> Response:
        """What a person agrees to; when `auto_approve`, they just did."""
        try:
            asked = self._asked()
        except GrantError as error:
            return self._page(error.status, error=error)
        self.seen.append(asked)
        if self.auto_approve:
            return self._answered(asked, agreed=True)
        meanings = [_MEANINGS.get(scope, scope) for scope in sorted(asked.scopes)]
        return self._page(200, meanings=meanings)

    def decide(self) -> Response:
        """The button that was pressed, on the page of the same address."""
        try:
            asked = self._asked()
        except GrantError as error:
            return self._page(error.status, error=error)
        return self._answered(asked, agreed=request.form.get("decision") == "allow")

    def _page(self, status: int, **shown: Any) -> Response:
        page = render_template("consent.html", person=self._person, app=self._app, **shown)
        return Response(page, status=status, content_type="text/html; charset=utf-8")

    def _asked(self) -> Asked:
        """Raises GrantError for what Google shows as an error page ("Error 400: ...")."""
        told = request.args
        if told.get("client_id") != self._app.client_id:
            raise GrantError("invalid_client", "The OAuth client was not found.", 401)
        if told.get("response_type") != "code":
            raise GrantError("invalid_request", "Invalid parameter value for response_type")
        here = urlsplit(told.get("redirect_uri", ""))
        if here.scheme != "http" or here.hostname not in _LOOPBACK:
            raise GrantError("redirect_uri_mismatch", told.get("redirect_uri", ""))
        if not told.get("scope"):
            raise GrantError("invalid_request", "Missing required parameter: scope")
        method = told.get("code_challenge_method", "plain")
        if method not in ("S256", "plain"):
            raise GrantError("invalid_request", "Unsupported code_challenge_method")
        return Asked(
            client_id=self._app.client_id,
            redirect_uri=told["redirect_uri"],
            scopes=frozenset(told["scope"].split()),
            state=told.get("state"),
            challenge=told.get("code_challenge"),
            challenge_is_plain=method == "plain",
            offline=told.get("access_type") == "offline",
        )

    def _answered(self, asked: Asked, agreed: bool) -> Response:
        """Back to the app, with a code or with `access_denied`.

        A person may grant less than was asked (resources/granular-permissions).
        """
        told = {"state": asked.state} if asked.state is not None else {}
        if self.ticked is not None:
            asked = replace(asked, scopes=asked.scopes & self.ticked)
        if agreed:
            told["code"] = self._tokens.code(asked, self._person)
            told["scope"] = " ".join(sorted(asked.scopes))
        else:
            told["error"] = "access_denied"
        return redirect(f"{asked.redirect_uri}?{urlencode(told)}")

    # -- between machines

    def token(self) -> Response:
        """POST /token: a code, a refresh token or a signed request for an access token."""
        try:
            return self._gate.play("token", self._token)
        except RefusedError as refusal:
            return _as_grant_error(refusal)

    def _token(self) -> Response:
        kind = request.form.get("grant_type")
        if kind == _JWT:
            return self._for_service(request.form.get("assertion", ""))
        self._check_app()
        if kind == "authorization_code":
            return self._for_code()
        if kind == "refresh_token":
            return self._for_refresh(request.form.get("refresh_token", ""))
        raise GrantError("unsupported_grant_type", f"Invalid grant_type: {kind}")

    def _check_app(self) -> None:
        """By the form, or as RFC 6749 prefers, by HTTP's basic way."""
        given = request.form.get("client_id"), request.form.get("client_secret")
        kind, _, coded = request.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            name, _, secret = base64.b64decode(coded).decode().partition(":")
            given = name, secret
        if given[0] != self._app.client_id:
            raise GrantError("invalid_client", "The OAuth client was not found.", 401)
        if given[1] != self._app.client_secret:
            raise GrantError("invalid_client", "Unauthorized", 401)

    def _for_code(self) -> Response:
        """A desktop app gets a refresh token always (native-app)."""
        form = request.form
        refresh, access = self._tokens.exchange(
            form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier")
        )
        told: dict[str, Any] = {"refresh_token": refresh}
        grant = self._tokens.grant_of(refresh)
        if grant.testing:
            told["refresh_token_expires_in"] = int(TESTING_LIFE)
        return self._granted(access, grant.scopes, **told)

    def _for_refresh(self, refresh: str) -> Response:
        access = self._tokens.refresh(refresh)
        return self._granted(access, self._tokens.grant_of(refresh).scopes)

    def _for_service(self, assertion: str) -> Response:
        refused = GrantError("invalid_grant", "Invalid grant: account not found")
        for account, key in self.keys:
            try:
                scopes = key.scopes_of(assertion)
            except GrantError as error:
                refused = error
            else:
                access = self._tokens.issue(account, self._app.client_id, scopes)
                return self._granted(access, scopes)
        raise refused

    def _granted(self, access: str, scopes: frozenset[str], **more: Any) -> Response:
        return jsonify(
            access_token=access,
            expires_in=int(self._tokens.access_life),
            scope=" ".join(sorted(scopes)),
            token_type="Bearer",
            **more,
        )

    def revoke(self) -> Response:
        """Either token of a consent ends the whole of it."""

        def answer() -> Response:
            if not self._tokens.revoke(request.values.get("token", "")):
                raise GrantError("invalid_token", "Token expired or revoked")
            return jsonify({})

        return self._gate.play("revoke", answer)


def _as_grant_error(refusal: RefusedError) -> Response:
    """A fault on order, in the shape of this endpoint. 400 stands for a consent that is over."""
    error = "invalid_grant" if refusal.status == 400 else "internal_failure"
    if refusal.reason.startswith(("invalid_", "unauthorized_", "access_")):
        error = refusal.reason
    answer = jsonify(error=error, error_description="Token has been expired or revoked.")
    answer.status_code = refusal.status
    answer.headers.update(refusal.headers)
    return answer
