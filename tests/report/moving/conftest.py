"""A report of commuters, read as a browser would."""

import pytest

from fedser.report import write_report
from tests.report.conftest import Page
from tests.results.moving.commuters import write_commute


@pytest.fixture(scope="session")
def commute(tmp_path_factory):
    return write_commute(tmp_path_factory.mktemp("moving-reports") / "commute")


@pytest.fixture(scope="session")
def html(commute):
    return write_report(commute).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html):
    return Page(html)
