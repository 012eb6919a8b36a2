"""dlt's own `rest_api` source with merge, at default settings. Runs in the peers' Python, so it imports nothing of Orion."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.kit.measure import Meter


def main(args: dict[str, Any]) -> dict[str, Any]:
    """`lab`, `db` (SQLAlchemy address of a file, or of a PostgreSQL database its role may write to), `folder`."""
    folder = Path(args["folder"]) / "dlt"
    folder.mkdir()
    os.environ |= {"DLT_DATA_DIR": str(folder), "DLT_PROJECT_DIR": str(folder), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    import dlt
    from dlt.sources.rest_api import rest_api_source

    logging.getLogger("dlt").setLevel(logging.ERROR)
    if args["db"].startswith("sqlite"):
        destination: Any = dlt.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db")
    else:
        # The test server listens on a unix socket and trusts. dlt insists on host and password; libpq takes the last host it is given.
        address = urlsplit(args["db"])
        given = f"{address.username or 'postgres'}:{address.password or 'none'}@{address.hostname or 'localhost'}:{address.port or 5432}"
        destination = dlt.destinations.postgres(f"postgresql://{given}{address.path}?{address.query}")
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{args['lab']}/stripe/v1/",
                "auth": {"type": "bearer", "token": args["key"]},
                "paginator": {
                    "type": "cursor",
                    "cursor_path": "data[-1].id",
                    "cursor_param": "starting_after",
                    "has_more_path": "has_more",
                },
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
            "resources": [{"name": "customers", "endpoint": {"path": "customers", "params": {"limit": 100}, "data_selector": "data"}}],
        }
    )
    pipeline = dlt.pipeline(
        "bench",
        destination=destination,
        dataset_name="main" if args["db"].startswith("sqlite") else "dlt_bench",
        pipelines_dir=str(folder / "pipelines"),
    )
    meter = Meter(args.get("server_pid")).start()
    pipeline.run(source)
    meter.stop()
    with pipeline.sql_client() as client, client.execute_query("SELECT count(*) FROM customers") as cursor:
        count = cursor.fetchone()[0]
    return meter.result(int(count))


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
