"""Whose token it is."""

from __future__ import annotations

from http import HTTPStatus

from rollback_gov.github.writing import Writing


def own_login(writing: Writing) -> str:
    """Give the login of the token; empty for that of an app, as a job's is: those may not ask."""
    from github import GithubException

    try:
        return str(writing.get("/user").get("login", ""))
    except GithubException as error:
        if error.status != HTTPStatus.FORBIDDEN:
            raise
        return ""
