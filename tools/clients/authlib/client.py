"""Authlib, as it comes, from nothing but the issuer's URL."""

import os
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

env = os.environ
issuer, client_id, secret = env["ISSUER"], env["CLIENT_ID"], env["CLIENT_SECRET"]
redirect_uri, email, driver = env["REDIRECT_URI"], env["EMAIL"], env["DRIVER"]


def check(right, what):
    if not right:
        raise SystemExit(what)


def discover():
    metadata = OpenIDProviderMetadata(requests.get(get_well_known_url(issuer, external=True)).json())
    metadata.validate()
    check(metadata["issuer"] == issuer, "the issuer is " + metadata["issuer"])
    return metadata


def session(method="client_secret_basic", client_secret=secret):
    return OAuth2Session(
        client_id,
        client_secret,
        scope="openid email",
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        token_endpoint_auth_method=method,
    )


def sign_in(client):
    nonce, verifier = generate_token(20), generate_token(48)
    url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    location = requests.get(driver + "/sign-in", params={"url": url}).text
    response = parse_qs(urlsplit(location).query)
    check(response["state"] == [state], "the state is lost")
    check(response["iss"] == [issuer], "the issuer of the response is missing (RFC 9207)")
    token = client.fetch_token(metadata["token_endpoint"], authorization_response=location, code_verifier=verifier)
    verify(token, nonce)
    return token


def verify(token, nonce):
    keys = JsonWebKey.import_key_set(requests.get(metadata["jwks_uri"]).json())
    claims = jwt.decode(
        token["id_token"],
        keys,
        claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
        claims_params={"client_id": client_id, "nonce": nonce, "access_token": token["access_token"]},
    )
    claims.validate()
    check(claims["email"] == email, "the id token is another user's")
    access = jwt.decode(token["access_token"], keys, claims_options={"iss": {"value": "atm"}, "aud": {"value": env["AUDIENCE"]}})
    access.validate()
    check(access["scope"]["email"] == email, "the access token is another user's")


def active(client, token, hint):
    answer = client.introspect_token(metadata["introspection_endpoint"], token=token, token_type_hint=hint)
    check(answer.status_code == 200, "introspection answers %d" % answer.status_code)
    return answer.json()["active"]


def life_of_tokens(method):
    client = session(method)
    token = sign_in(client)
    user = client.get(metadata["userinfo_endpoint"]).json()
    check(user["email"] == email and user["email_verified"], "UserInfo is about another user")

    renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    check(renewed["refresh_token"] != token["refresh_token"], "the refresh token is the old one")
    verify(renewed, nonce=None)
    check(active(client, renewed["access_token"], "access_token"), "a fresh access token is not active")
    check(active(client, renewed["refresh_token"], "refresh_token"), "a fresh refresh token is not active")

    revoked = client.revoke_token(metadata["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token")
    check(revoked.status_code == 200, "revocation answers %d" % revoked.status_code)
    check(not active(client, renewed["access_token"], "access_token"), "a revoked access token is active")
    check(not active(client, renewed["refresh_token"], "refresh_token"), "a revoked refresh token is active")
    try:
        client.refresh_token(metadata["token_endpoint"], refresh_token=renewed["refresh_token"])
        check(False, "a revoked refresh token is accepted")
    except OAuthError as refusal:
        check(refusal.error == "invalid_grant", "it is refused as " + refusal.error)


def client_credentials():
    service = env["SERVICE_CLIENT_ID"]
    token = OAuth2Session(service, env["SERVICE_CLIENT_SECRET"]).fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    check(token["token_type"] == "Bearer" and "refresh_token" not in token, "the answer is another grant's")
    try:
        OAuth2Session(service, "not the secret").fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
        check(False, "a wrong secret is right")
    except OAuthError as refusal:
        check(refusal.error == "invalid_client", "a wrong secret is refused as " + refusal.error)


def sign_out():
    client = session()
    token = sign_in(client)
    params = {"id_token_hint": token["id_token"], "post_logout_redirect_uri": redirect_uri, "state": "bye"}
    answer = requests.get(metadata["end_session_endpoint"], params=params, allow_redirects=False)
    check(answer.headers.get("Location") == redirect_uri + "?state=bye", "the sign-out answers %d" % answer.status_code)
    check(not active(client, token["access_token"], "access_token"), "the tokens of an ended sign-in are active")


metadata = discover()
client_credentials()
for method in ("client_secret_basic", "client_secret_post"):
    life_of_tokens(method)
sign_out()
for _ in range(2):
    requests.post(driver + "/rotate").raise_for_status()
    sign_in(session())
