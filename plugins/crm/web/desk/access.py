"""Who is signed in, by Airflow, and what Airflow lets them do. The one file of the desk that imports Airflow.

Airflow does not protect what a plugin mounts: every page asks for ``Reader``, every form for ``triggers(dag_id)``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, HTTPException, Request

#: Who may read this DAG may read the desk: no page says more of customers than its runs do.
DESK_DAG = "plan_campaigns"


class Person(Protocol):
    """Somebody who is signed in."""

    @property
    def name(self) -> str: ...

    def may_read(self, dag_id: str) -> bool: ...

    def may_trigger(self, dag_id: str) -> bool: ...


@dataclass(frozen=True)
class AirflowPerson:
    """Airflow's user; the rights are those of its auth manager."""

    name: str
    user: Any

    def may_read(self, dag_id: str) -> bool:
        return self._may("GET", dag_id)

    def may_trigger(self, dag_id: str) -> bool:
        return self._may("POST", dag_id)

    def _may(self, method: Any, dag_id: str) -> bool:
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
        from airflow.models.dag import DagModel

        details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
        allowed: bool = get_auth_manager().is_authorized_dag(
            method=method, user=self.user, access_entity=DagAccessEntity.RUN, details=details
        )
        return allowed


async def person(request: Request) -> Person:
    """Who asks.

    :raises HTTPException: 401, whatever is wrong with the session
    """
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user

    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        raise HTTPException(401) from None
    return AirflowPerson(user.get_name(), user)


def reader(found: Annotated[Person, Depends(person)]) -> Person:
    """Who asks, if they may see the desk.

    :raises HTTPException: 401 or 403
    """
    if not found.may_read(DESK_DAG):
        raise HTTPException(403)
    return found


def triggers(dag_id: str) -> Callable[[Person], Person]:
    """A dependency: who asks, if they may trigger ``dag_id``. For forms about a DAG that is known beforehand."""

    def allowed(found: Annotated[Person, Depends(reader)]) -> Person:
        return may_trigger(found, dag_id)

    return allowed


def may_trigger(found: Person, dag_id: str) -> Person:
    """Insist that ``found`` may trigger ``dag_id``. For forms that name the DAG.

    :raises HTTPException: 403
    """
    if not found.may_trigger(dag_id):
        raise HTTPException(403)
    return found


Reader = Annotated[Person, Depends(reader)]
