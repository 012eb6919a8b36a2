"""Workspaces of a person."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import col

from orion_core.base.db.tables import LoginSession, Membership, Workspace
from orion_core.base.errors import NotFound
from orion_core.base.kit.ids import short_id
from orion_core.platform.accounts import repository
from orion_core.platform.accounts.part import Part, clean_name, require_person
from orion_core.platform.accounts.principal import Principal, Role
from orion_core.platform.accounts.types import WorkspaceRow


class Workspaces(Part):
    """List, create, rename, switch."""

    async def workspaces(self, p: Principal) -> list[WorkspaceRow]:
        """Where the person is a member. For an API key or the system: the one workspace it acts in."""
        async with self.work.directory() as directory:
            if p.kind == "user":
                mine = [(Role[membership.role], workspace) for membership, workspace in await repository.workspaces_of(directory, p.id)]
            else:
                one = await repository.workspace(directory, p.workspace_id)
                mine = [(p.role, one)] if one else []
            counts = {workspace.id: len(await repository.members(directory, workspace.id)) for _, workspace in mine}
        return [WorkspaceRow(workspace.id, workspace.name, workspace.slug, role, counts[workspace.id], workspace.id == p.workspace_id,
                             workspace.created_at) for role, workspace in mine]

    async def create_workspace(self, p: Principal, name: str) -> WorkspaceRow:
        """A new workspace with the person as its owner. Admins may, so that a viewer does not become an owner by a click."""
        require_person(p)
        p.require(Role.admin)
        name = clean_name(name, "name", 120)
        workspace_id = short_id("ws")
        async with self.work.write(workspace_id) as tx:
            workspace = Workspace(id=workspace_id, name=name, slug=await repository.free_slug(tx.directory, name))
            await tx.directory.add(workspace)
            await tx.directory.add(Membership(workspace_id=workspace_id, user_id=p.id, role=Role.owner.name))
            await self.audit.record(tx, p, "workspace.created", "workspace", workspace_id, name, {"owner": p.email})
        return WorkspaceRow(workspace_id, name, workspace.slug, Role.owner, 1, False, workspace.created_at)

    async def find_workspace(self, name: str) -> str | None:
        """The id of the workspace of that id, slug or name (without case); for the command line."""
        async with self.work.directory() as directory:
            for row in await directory.all(Workspace, order_by=Workspace.created_at):
                if name in (row.id, row.slug) or name.lower() == row.name.lower():
                    return row.id
        return None

    async def rename_workspace(self, p: Principal, name: str) -> None:
        """Give the workspace another name; its slug stays, links keep working."""
        p.require(Role.admin)
        name = clean_name(name, "name", 120)
        async with self.work.write(p.workspace_id) as tx:
            before = await repository.workspace(tx.directory, p.workspace_id)
            if before is None:
                raise NotFound("There is no such workspace.")
            await tx.directory.update(Workspace, col(Workspace.id) == p.workspace_id, name=name)
            await self.audit.record(tx, p, "workspace.renamed", "workspace", p.workspace_id, name, {"before": before.name})

    async def switch_workspace(self, p: Principal, workspace_id: str) -> Principal:
        """Let the session look at another workspace of the person from now on; who they are there.

        Raises:
            NotFound: the person is no member of it.
        """
        require_person(p)
        async with self.work.directory(write=True) as directory:
            place = await repository.place(directory, workspace_id, p.id)
            if place is None:
                raise NotFound("There is no such workspace.")
            await directory.update(LoginSession, col(LoginSession.id) == p.session_id, col(LoginSession.user_id) == p.id,
                                   workspace_id=workspace_id)
        return replace(p, workspace_id=workspace_id, workspace_name=place[1].name, role=Role[place[0].role])
