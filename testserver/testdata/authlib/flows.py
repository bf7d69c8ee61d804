"""Drives a running server with Authlib, as it comes, from nothing but its URL.

Usage: flows.py URL, with a JSON object of the names below on standard input and
the certificate of the server's authority in REQUESTS_CA_BUNDLE. Every step says what it did; the first that is not as it should be ends
the script with its reason and status 1.
"""

import json
import sys
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

issuer = sys.argv[1]
given = json.load(sys.stdin)


def check(right, what):
    if not right:
        sys.exit("authlib: " + what)


def step(what):
    print("ok:", what)


def discover():
    answer = requests.get(get_well_known_url(issuer, external=True))
    metadata = OpenIDProviderMetadata(answer.json())
    metadata.validate()
    check(metadata["issuer"] == issuer, "the issuer is " + metadata["issuer"])
    step("discovery")
    return metadata


class Form(HTMLParser):
    """The first form of a page: where it leads, and its hidden fields."""

    def __init__(self):
        super().__init__()
        self.action, self.fields, self.inside = None, {}, False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self.inside = attrs.get("action", ""), True
        if self.inside and tag == "input" and attrs.get("type") == "hidden":
            self.fields[attrs["name"]] = attrs.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


def sign_in(url):
    """Fills the sign-in page in and returns where it sends the browser."""
    browser = requests.Session()
    page = browser.get(url)
    form = Form()
    form.feed(page.text)
    check(page.status_code == 200 and form.action is not None, "the sign-in page answers %d" % page.status_code)
    fields = dict(form.fields, email=given["email"], password=given["password"])
    answer = browser.post(urljoin(page.url, form.action), data=fields, allow_redirects=False)
    check(answer.status_code == 303, "the sign-in answers %d" % answer.status_code)
    return answer.headers["Location"]


def verify(metadata, token, client_id, nonce):
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"]).json())
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
        claims_params={"client_id": client_id, "nonce": nonce, "access_token": token["access_token"]},
    )
    claims.validate()
    check(claims["email"] == given["email"], "the id token is somebody else's")
    access = jwt.decode(token["access_token"], keys)
    check(access["iss"] == "atm" and access["scope"]["email"] == given["email"], "the access token is not ATM's")


def active(client, metadata, token, hint):
    answer = client.introspect_token(metadata["introspection_endpoint"], token=token, token_type_hint=hint)
    check(answer.status_code == 200, "introspection answers %d" % answer.status_code)
    return answer.json()["active"]


def code_flow(metadata, method):
    """The code flow with PKCE, and the whole life of its tokens."""
    client_id, nonce, verifier = given["pkceClient"], generate_token(20), generate_token(48)
    client = OAuth2Session(
        client_id,
        given["secret"],
        scope="openid email",
        redirect_uri=given["redirectUrl"],
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
    )
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    location = sign_in(url)
    check(location.startswith(given["redirectUrl"] + "?"), "the browser is sent elsewhere")
    response = parse_qs(urlsplit(location).query)
    check(response["state"] == [state], "the state is lost")
    check(response["iss"] == [issuer], "the issuer of the response is missing (RFC 9207)")
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=location, code_verifier=verifier)
    verify(metadata, token, client_id, nonce)
    user = client.get(metadata["userinfo_endpoint"]).json()
    check(user["email"] == given["email"] and user["email_verified"], "UserInfo is about somebody else")
    step("code flow with PKCE and UserInfo, " + method)

    renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    check(renewed["refresh_token"] != token["refresh_token"], "the refresh token is the old one")
    verify(metadata, renewed, client_id, nonce=None)
    step("refresh, " + method)

    check(active(client, metadata, renewed["access_token"], "access_token"), "a fresh access token is not active")
    check(active(client, metadata, renewed["refresh_token"], "refresh_token"), "a fresh refresh token is not active")
    step("introspection, " + method)

    answer = client.revoke_token(
        metadata["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token"
    )
    check(answer.status_code == 200, "revocation answers %d" % answer.status_code)
    check(not active(client, metadata, renewed["access_token"], "access_token"), "a revoked access token is active")
    check(not active(client, metadata, renewed["refresh_token"], "refresh_token"), "a revoked refresh token is active")
    try:
        client.refresh_token(metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
        check(False, "a revoked refresh token is good")
    except OAuthError as refusal:
        check(refusal.error == "invalid_grant", "it is refused as " + refusal.error)
    step("revocation, " + method)


def client_credentials(metadata):
    client = OAuth2Session(given["serviceClient"], given["secret"])
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    check(token["token_type"] == "Bearer" and "refresh_token" not in token, "the answer is another grant's")
    step("client credentials")
    stranger = OAuth2Session(given["serviceClient"], "not the secret")
    try:
        stranger.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        check(False, "a wrong secret is right")
    except OAuthError as refusal:
        check(refusal.error == "invalid_client", "a wrong secret is refused as " + refusal.error)
    step("a wrong secret")


def logout(metadata):
    """The end of a sign-in, and where the browser goes then."""
    client_id, verifier = given["pkceClient"], generate_token(48)
    client = OAuth2Session(client_id, given["secret"], scope="openid", redirect_uri=given["redirectUrl"], code_challenge_method="S256")
    url, _ = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=sign_in(url), code_verifier=verifier)
    params = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": given["redirectUrl"], "state": "bye"}
    answer = requests.get(metadata["end_session_endpoint"], params=params, allow_redirects=False)
    check(answer.headers.get("Location") == given["redirectUrl"] + "?state=bye", "the sign-out answers %d" % answer.status_code)
    check(not active(client, metadata, token["access_token"], "access_token"), "the tokens of an ended sign-in are active")
    step("logout")


metadata = discover()
client_credentials(metadata)
for style in ("client_secret_basic", "client_secret_post"):
    code_flow(metadata, style)
logout(metadata)
step("all")
