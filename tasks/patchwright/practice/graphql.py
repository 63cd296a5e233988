"""GraphQL: answer the GraphQL queries that `gh` 2.102 sends, by the name of the query."""

from __future__ import annotations

import re

from patchwright.practice.actions import JOB_USER, is_by_job
from patchwright.practice.backend import Backend
from patchwright.practice.pulls import Pull
from patchwright.practice.shapes import USER, Json, Shapes, iso
from patchwright.practice.wire import Answer, Request, json_answer

_LAST_PAGE = {"hasNextPage": False, "endCursor": ""}
_NOTHING = {"totalCount": 0, "nodes": [], "pageInfo": _LAST_PAGE}


class GraphQL:
    """The GraphQL API. An answer has every field that `gh` may request; `gh` ignores the other fields."""

    def __init__(self, backend: Backend, shape: Shapes) -> None:
        self._backend = backend
        self._shape = shape

    def answer(self, request: Request) -> Answer:
        """Return the answer to a query. For an unknown query it is a GraphQL error with status 200."""
        query = request.json()
        found = re.search(r"\b(?:query|mutation)\s+(\w+)", query.get("query", ""))
        name = found[1] if found else ""
        respond = {
            "UserCurrent": lambda _variables: self._viewer(JOB_USER if is_by_job(request) else USER),
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
        return respond(query.get("variables") or {})

    def _viewer(self, login: str) -> Answer:
        return json_answer({"data": {"viewer": {"login": login, "id": f"U_{login}"}}})

    def _repository_info(self, variables: Json) -> Answer:
        if (variables.get("owner"), variables.get("name")) != (self._shape.owner, self._shape.name):
            repository = f"{variables.get('owner')}/{variables.get('name')}"
            error = {
                "type": "NOT_FOUND",
                "path": ["repository"],
                "message": f"Could not resolve to a Repository with the name '{repository}'.",
            }
            return json_answer({"data": {"repository": None}, "errors": [error]})
        return json_answer({"data": {"repository": self._repository()}})

    def _pull_requests(self, variables: Json) -> Answer:
        head = variables.get("headRefName") or variables.get("headBranch") or variables.get("head")
        states = variables.get("states") or variables.get("state") or ["OPEN", "CLOSED", "MERGED"]
        chosen = [
            self._pull(pull)
            for pull in reversed(self._backend.pulls.opened)
            if head in {pull.head, None} and _state(pull) in states
        ]
        pulls = {"totalCount": len(chosen), "nodes": chosen, "pageInfo": _LAST_PAGE}
        return json_answer({"data": {"repository": {**self._repository(), "pullRequests": pulls}}})

    def _pull_request(self, variables: Json) -> Answer:
        try:
            pull = self._backend.pulls.find(variables["pr_number"])
        except LookupError:
            message = f"Could not resolve to a PullRequest with the number of {variables['pr_number']}."
            return json_answer({"data": {"repository": None}, "errors": [{"message": message}]})
        return json_answer({"data": {"repository": {"pullRequest": self._pull(pull)}}})

    def _project_items(self, _variables: Json) -> Answer:
        return json_answer({"data": {"repository": {"pullRequest": {"projectItems": _NOTHING}}}})

    def _create(self, variables: Json) -> Answer:
        fields = variables["input"]
        try:
            pull = self._backend.open_pull(
                fields["title"], fields.get("body") or "", fields["headRefName"], fields["baseRefName"]
            )
        except LookupError:
            return json_answer(
                {"data": {"createPullRequest": None}, "errors": [{"message": "Head sha can't be blank"}]}
            )
        return json_answer({"data": {"createPullRequest": {"pullRequest": self._pull(pull)}}})

    def _release(self, variables: Json) -> Answer:
        tag = variables.get("tagName", "")
        release = {"databaseId": 500_000_001, "isDraft": False} if tag in self._backend.releases else None
        return json_answer({"data": {"repository": {"release": release}}})

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
