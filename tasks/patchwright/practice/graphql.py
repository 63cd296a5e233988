"""The answers of GitHub's GraphQL API to the queries that `gh` 2.102 sends, known by their names."""

from __future__ import annotations

import re

from patchwright.practice.backend import Backend
from patchwright.practice.pulls import Pull
from patchwright.practice.shapes import USER, Json, Shapes, iso
from patchwright.practice.wire import Answer, Request, json_answer

_LAST_PAGE = {"hasNextPage": False, "endCursor": ""}
_NOTHING = {"totalCount": 0, "nodes": [], "pageInfo": _LAST_PAGE}


class GraphQL:
    """Answers the named queries with every field that `gh` may ask for; it ignores what it didn't ask for."""

    def __init__(self, backend: Backend, shape: Shapes) -> None:
        self._backend = backend
        self._shape = shape

    def answer(self, request: Request) -> Answer:
        """Return the answer to one query; an unknown one gets GraphQL's kind of error, with status 200."""
        asked = request.json()
        named = re.search(r"\b(?:query|mutation)\s+(\w+)", asked.get("query", ""))
        name = named[1] if named else ""
        respond = {
            "UserCurrent": self._viewer,
            "RepositoryInfo": self._repository_info,
            "PullRequestForRun": self._pull_requests,
            "PullRequestForBranch": self._pull_requests,
            "PullRequestList": self._pull_requests,
            "PullRequestByNumber": self._pull_request,
            "PullRequestProjectItems": self._project_items,
            "PullRequestCreate": self._create,
            "RepositoryReleaseByTag": self._release,
        }.get(name)
        if respond is None:
            return json_answer(
                {"data": None, "errors": [{"message": f"The stand-in does not know the query {name!r}."}]}
            )
        return respond(asked.get("variables") or {})

    def _viewer(self, _asked: Json) -> Answer:
        return json_answer({"data": {"viewer": {"login": USER, "id": f"U_{USER}"}}})

    def _repository_info(self, asked: Json) -> Answer:
        if (asked.get("owner"), asked.get("name")) != (self._shape.owner, self._shape.name):
            where = f"{asked.get('owner')}/{asked.get('name')}"
            error = {
                "type": "NOT_FOUND",
                "path": ["repository"],
                "message": f"Could not resolve to a Repository with the name '{where}'.",
            }
            return json_answer({"data": {"repository": None}, "errors": [error]})
        return json_answer({"data": {"repository": self._repository()}})

    def _pull_requests(self, asked: Json) -> Answer:
        head = asked.get("headRefName") or asked.get("headBranch") or asked.get("head")
        states = asked.get("states") or asked.get("state") or ["OPEN", "CLOSED", "MERGED"]
        chosen = [
            self._pull(pull)
            for pull in reversed(self._backend.pulls.opened)
            if head in {pull.head, None} and _state(pull) in states
        ]
        found = {"totalCount": len(chosen), "nodes": chosen, "pageInfo": _LAST_PAGE}
        return json_answer({"data": {"repository": {**self._repository(), "pullRequests": found}}})

    def _pull_request(self, asked: Json) -> Answer:
        try:
            pull = self._backend.pulls.find(asked["pr_number"])
        except LookupError:
            message = f"Could not resolve to a PullRequest with the number of {asked['pr_number']}."
            return json_answer({"data": {"repository": None}, "errors": [{"message": message}]})
        return json_answer({"data": {"repository": {"pullRequest": self._pull(pull)}}})

    def _project_items(self, _asked: Json) -> Answer:
        return json_answer({"data": {"repository": {"pullRequest": {"projectItems": _NOTHING}}}})

    def _create(self, asked: Json) -> Answer:
        wanted = asked["input"]
        try:
            pull = self._backend.open_pull(
                wanted["title"], wanted.get("body") or "", wanted["headRefName"], wanted["baseRefName"]
            )
        except LookupError:
            return json_answer(
                {"data": {"createPullRequest": None}, "errors": [{"message": "Head sha can't be blank"}]}
            )
        return json_answer({"data": {"createPullRequest": {"pullRequest": self._pull(pull)}}})

    def _release(self, asked: Json) -> Answer:
        tag = asked.get("tagName", "")
        known = {"databaseId": 500_000_001, "isDraft": False} if tag in self._backend.releases else None
        return json_answer({"data": {"repository": {"release": known}}})

    def _repository(self) -> Json:
        owner, name = self._shape.owner, self._shape.name
        return {
            "id": self._shape.node_id,
            "name": name,
            "nameWithOwner": f"{owner}/{name}",
            "owner": {"login": owner, "id": f"U_{owner}"},
            "url": self._shape.web,
            "description": "",
            "defaultBranchRef": {"name": self._shape.default_branch},
            "hasIssuesEnabled": True,
            "hasWikiEnabled": False,
            "isPrivate": False,
            "isArchived": False,
            "viewerPermission": "ADMIN",
            "mergeCommitAllowed": True,
            "rebaseMergeAllowed": False,
            "squashMergeAllowed": True,
            "parent": None,
        }

    def _pull(self, pull: Pull) -> Json:
        owner, name = self._shape.owner, self._shape.name
        return {
            "id": f"PR_{pull.number}",
            "fullDatabaseId": str(pull.number),
            "number": pull.number,
            "url": f"{self._shape.web}/pull/{pull.number}",
            "title": pull.title,
            "body": pull.body,
            "state": _state(pull),
            "isDraft": False,
            "closed": pull.state == "closed",
            "isCrossRepository": False,
            "author": {"login": USER, "id": f"U_{USER}", "name": "Practitioner"},
            "baseRefName": pull.base,
            "headRefName": pull.head,
            "headRefOid": pull.head_sha,
            "headRepository": {
                "id": self._shape.node_id,
                "name": name,
                "nameWithOwner": f"{owner}/{name}",
                "owner": {"login": owner},
            },
            "headRepositoryOwner": {"id": f"U_{owner}", "login": owner},
            "mergeable": "MERGEABLE" if pull.state == "open" else "UNKNOWN",
            "mergeStateStatus": "CLEAN",
            "mergeCommit": {"oid": pull.merge_commit} if pull.merge_commit else None,
            "mergedAt": iso(pull.merged_at) if pull.merged_at else None,
            "createdAt": iso(pull.created_at),
            "updatedAt": iso(pull.merged_at or pull.created_at),
            "reviewDecision": "",
            **dict.fromkeys(("assignees", "comments", "labels", "reviewRequests", "reviews"), _NOTHING),
        }


def _state(pull: Pull) -> str:
    return "MERGED" if pull.merged_at else pull.state.upper()
