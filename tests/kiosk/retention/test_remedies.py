"""What is told of remedies: whose courts, which times, by who decides."""

from __future__ import annotations

import pytest

from cgu_archive.corpus.model import Corpus
from kiosk.retention import remedies


@pytest.mark.parametrize(
    ("slugs", "said"),
    [
        (["portail"], "devant le tribunal administratif de Paris, par courrier"),
        (["soffi"], "devant le tribunal administratif compétent, par courrier"),
        (["portail", "soffi", "tableau-de-bord"], "devant le tribunal administratif de Paris, par courrier"),
        (["monjob62"], "devant le tribunal administratif compétent, par courrier"),
        (["ocapiat"], "devant la juridiction compétente (en règle générale, le tribunal judiciaire)."),
    ],
)
def test_the_court_is_that_of_the_texts_or_of_who_decides(
    corpus: Corpus, slugs: list[str], said: str
) -> None:
    services = [corpus.service(slug) for slug in slugs]
    told = remedies.against(services[0].publisher, services)
    assert said in told
    assert ("deux mois" in told) is services[0].publisher.public
    assert ("telerecours" in told) is services[0].publisher.public
