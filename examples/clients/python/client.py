"""Gets a token of an application for itself, and verifies it with ATM's keys.

What must exist before: an application of the type client_credentials. Set
ATM_ENDPOINT, its ATM_CLIENT_ID and ATM_CLIENT_SECRET, and its id in
ATM_APPLICATION_ID. Then: pip install 'pyjwt[crypto]' && python3 client.py
"""

import json
import os
from datetime import datetime, timezone
from urllib.parse import urlencode
from urllib.request import urlopen

import jwt

ENDPOINT = os.environ["ATM_ENDPOINT"]
keys = jwt.PyJWKClient(ENDPOINT + "/auth/.well-known/jwks.json")


def get_token():
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["ATM_CLIENT_ID"],
        "client_secret": os.environ["ATM_CLIENT_SECRET"],
    }
    with urlopen(ENDPOINT + "/auth/token", data=urlencode(form).encode()) as response:
        return json.load(response)["access_token"]


def verify(token):
    """Returns the claims of a valid token. The issuer of ATM's access tokens is the text "atm"."""
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["RS256"], issuer="atm", audience=os.environ["ATM_APPLICATION_ID"])


claims = verify(get_token())
print("valid until", datetime.fromtimestamp(claims["exp"], timezone.utc).isoformat())
