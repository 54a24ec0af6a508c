"""
### Refused campaigns

No DAG: this file shows, as an import error in Airflow's UI, which files of `include/campaigns` and of `$CRM_HOME/campaigns` cannot
be used, with file, key and what is allowed. The other campaigns have their DAGs and go on. The error goes when the file is mended. `make check`
tells the same before anything is deployed, and what the business itself does not have (a tier, a holiday).
"""

from __future__ import annotations

from crm.campaigns import declarations

if refused := declarations.read().refused:
    raise declarations.DeclarationError("\n".join(map(str, refused)))
