"""``python -m crm.web``: the open app alone, for those who keep Airflow private.

It listens on ``$CRM_WEB_HOST`` (127.0.0.1) and ``$CRM_WEB_PORT`` (8081).
"""

from __future__ import annotations

import os


def main() -> None:
    import uvicorn

    uvicorn.run(
        "crm.web.open_app:app",
        host=os.environ.get("CRM_WEB_HOST", "127.0.0.1"),
        port=int(os.environ.get("CRM_WEB_PORT", "8081")),
        server_header=False,
    )


if __name__ == "__main__":
    main()
