import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt

keys = jwt.PyJWKClient(os.environ["ISSUER"] + "/auth/.well-known/jwks.json")


class API(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            key = keys.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key.key, algorithms=["RS256"], issuer="atm", audience=os.environ["AUDIENCE"])
        except jwt.PyJWTError as refusal:
            self.send_error(401, str(refusal))
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(claims["scope"]).encode())


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), API).serve_forever()
