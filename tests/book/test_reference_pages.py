"""The glossary, the troubleshooting page and the bibliography say what the book, the code and the article say."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
GLOSSARY = (BOOK / "glossary.md").read_text(encoding="utf-8")
TROUBLE = (BOOK / "troubleshooting.md").read_text(encoding="utf-8")
REFERENCES = (BOOK / "references.bib").read_text(encoding="utf-8")

# ---------------------------------------------------------------- the glossary


def glossary():
    """Return the entries: the names of each, and its text."""
    body = re.search(r"```\{glossary\}\n(.*?)\n```", GLOSSARY, flags=re.DOTALL)[1]
    entries = []
    for block in body.split("\n\n"):
        lines = block.splitlines()
        names = [line for line in lines if not line.startswith(" ")]
        entries.append((names, " ".join(line.strip() for line in lines[len(names) :])))
    return entries


def prose():
    """Return the sources of the pages that teach, on one line each, and the terms that they point to."""
    reference = {"glossary", "troubleshooting", "bibliography"}
    taught = [page for page in BOOK.glob("*.md") if page.stem not in reference and not page.stem.startswith("api")]
    text = " ".join(page.read_text(encoding="utf-8") for page in taught)
    pointed = {(long or short).strip() for short, long in re.findall(r"\{term\}`([^`<]*)(?:<([^>]*)>)?`", text)}
    return re.sub(r"\s+", " ", text), {name.casefold() for name in pointed}


def test_the_glossary_is_in_alphabetical_order():
    first = [names[0].casefold() for names, _ in glossary()]
    assert len(first) >= 50
    assert first == sorted(set(first))


def test_the_book_uses_every_term():
    text, pointed = prose()

    def is_used(name):
        return name.casefold() in pointed or re.search(rf"\b{re.escape(name)}s?\b", text, flags=re.IGNORECASE)

    assert [names for names, _ in glossary() if not any(map(is_used, names))] == []


def test_every_entry_leads_to_the_book():
    pages = [names[0] for names, text in glossary() if not re.search(r"\{doc\}`|\{py:mod\}`|\]\(#", text)]
    assert pages == []


def test_the_book_points_to_the_glossary():
    _, pointed = prose()
    assert len(pointed) > 30


# ---------------------------------------------------------------- the messages


def templates():
    """Return every text in the code, with a NUL where a value is put in."""
    found = set()
    sources = [
        ROOT / "tasks.py",
        ROOT / "installer.py",
        ROOT / "tests/book/conftest.py",
        ROOT / "tests/sweeps/test_fig4.py",
    ]
    for source in [*sources, *(ROOT / "asng_edu").rglob("*.py"), *(ROOT / "book" / "asng_book").rglob("*.py")]:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            found.add(written(node))
    return found


def written(node):
    """Return the text that an expression writes: a constant, an f-string, or a sum of such; NUL for all else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(written, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return written(node.left) + written(node.right)
    return "\0"


def quoted():
    """Return the messages in the grey boxes."""
    return [box.strip() for box in re.findall(r"^```text\n(.*?)^```", TROUBLE, flags=re.DOTALL | re.MULTILINE)]


def stands_in(message, texts):
    """Tell whether the fixed parts of a message stand in one text, in their order, with values between them."""
    parts = [re.escape(part.strip(" .:")) for part in message.split("…")]
    pattern = r".*\0.*".join(part for part in parts if part)
    return any(re.search(pattern, text, flags=re.DOTALL) for text in texts)


def test_every_message_stands_in_the_code():
    texts = {text for text in templates() if len(text) > 8}
    messages = quoted()
    assert len(messages) > 20
    assert [message for message in messages if not stands_in(message, texts)] == []


def test_a_stale_message_would_be_noticed():
    texts = {"the search in \0 was begun"}
    assert stands_in("the search in … was begun", texts)
    assert not stands_in("the search in … has begun", texts)
    assert not stands_in("the … search in … was begun", texts)
    assert not stands_in("was begun … the search", texts)


def test_every_heading_in_quotes_is_a_message_of_the_page_or_of_python():
    python = {"No module named 'asng_edu'", "operator torchvision::nms does not exist"}
    heads = set(re.findall(r'^### "(.*)"$', TROUBLE, flags=re.MULTILINE)) - python
    assert [head for head in heads if not any(head in message for message in quoted())] == []


# ---------------------------------------------------------------- the bibliography

# First author and year by the article's number.
ARTICLE = """Real 2017, Suganuma 2017, Zoph 2017, Brock 2018, Cai 2019, Liu 2019, Pham 2018, Shirakawa 2018, Xie 2019,
Akimoto 2019, Amari 1998, Saito 2019, Ollivier 2017, Kingma 2015, Loshchilov 2017, Krizhevsky 2009, Zoph 2018,
Luo 2018"""


def references():
    """Return the fields of each work in references.bib."""
    works = re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", REFERENCES, flags=re.DOTALL | re.MULTILINE)
    field = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", flags=re.MULTILINE)
    return {key: dict(field.findall(body)) for key, body in works}


def numbered():
    """Return the works that the article lists, by its numbers."""
    found = {}
    for work in references().values():
        if match := re.fullmatch(r"\[(\d+)\] of the article", work.get("note", "")):
            assert int(match[1]) not in found
            found[int(match[1])] = work
    return found


def test_the_articles_references_are_all_there_under_its_numbers():
    expected = re.split(r",\s+", ARTICLE)
    works = numbered()
    assert sorted(works) == list(range(1, len(expected) + 1))
    assert [f"{work['author'].partition(',')[0]} {work['year']}" for _, work in sorted(works.items())] == expected


@pytest.mark.parametrize(
    ("number", "title"),
    [
        (1, "Large-scale evolution of image classifiers"),
        (2, "A genetic programming approach to designing convolutional neural network architectures"),
        (3, "Neural architecture search with reinforcement learning"),
        (4, "SMASH: One-shot model architecture search through hypernetworks"),
        (5, "ProxylessNAS: Direct neural architecture search on target task and hardware"),
        (6, "DARTS: Differentiable architecture search"),
        (7, "Efficient neural architecture search via parameter sharing"),
        (8, "Dynamic optimization of neural network structures using probabilistic modeling"),
        (9, "SNAS: Stochastic neural architecture search"),
        (10, "Adaptive stochastic natural gradient method for one-shot neural architecture search"),
        (11, "Natural gradient works efficiently in learning"),
        (
            12,
            "Controlling model complexity in probabilistic model-based dynamic optimization of neural network "
            "structures",
        ),
        (13, "Information-geometric optimization algorithms: A unifying picture via invariance principles"),
        (14, "Adam: A method for stochastic optimization"),
        (15, "SGDR: Stochastic gradient descent with warm restarts"),
        (16, "Learning multiple layers of features from tiny images"),
        (17, "Learning transferable architectures for scalable image recognition"),
        (18, "Neural architecture optimization"),
    ],
)
def test_a_title_is_the_articles(number, title):
    assert re.sub(r"[{}]", "", numbered()[number]["title"]).casefold() == title.casefold()
