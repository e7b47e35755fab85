"""The least a Flask app on waitress can do: the yardstick for the public door."""

import sys

from flask import Flask, request
from waitress import create_server

app = Flask("hello")


@app.post("/api/webhooks/whatsapp")
def hello() -> dict[str, bool]:
    request.get_data(cache=False)
    return {"success": True}


if __name__ == "__main__":
    server = create_server(app, host="127.0.0.1", port=0, threads=int(sys.argv[1]), ident=None)
    print(f"webhook    http://127.0.0.1:{server.effective_port}/api/webhooks/whatsapp", flush=True)
    server.run()
