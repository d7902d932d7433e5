"""All pages of the built book as one HTML page for the printer: no navigation, nothing folded, links inside it."""

import html
import re
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

# Not for paper: permalinks, the offer of the notebook, pictures for the dark theme, and code that the page folds away
# because it only draws; the notebooks hold it.
LEFT_OUT = "a.headerlink, .run-it, .only-dark, article script, details.above-input, .copybtn, .sd-tab-set > input"
NAMING = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "name")

TITLE_PAGE = """<section id="title-page"><h1>{title}</h1><p>{author}</p>
<p class="about">This is the printed form of a book whose figures move and whose pages are notebooks. Live figures are
shown as they stand before anyone has touched them. Code that only draws is left out; solutions stand open.
Version {version}.</p></section>"""


def chapters(toc):
    """Return (caption of the part, name of the page) for every page in the order of _toc.yml."""
    contents = yaml.safe_load(Path(toc).read_text(encoding="utf-8"))
    pages = [("", contents["root"])]
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            pages += [(part["caption"], page["file"]) for page in (chapter, *chapter.get("sections", ()))]
    return pages


def local(link, page):
    """Return where a link of a page leads on the one page: another chapter, a place in one, or out of the book."""
    path, _, place = link.partition("#")
    if re.match(r"[a-z]+:", link) or (path and not path.endswith(".html")):
        return link
    target = path.removesuffix(".html") or page
    return f"#{target}--{place}" if place and "=" not in place else f"#{target}"


def chapter(folder, page):
    """Return the article of a page, ready for paper."""
    soup = BeautifulSoup((folder / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    for tag in soup.select(LEFT_OUT):
        tag.decompose()
    article = soup.select_one("article.bd-article")
    for tag in article.find_all(True):
        for name in NAMING:
            if tag.get(name):
                tag[name] = " ".join(f"{page}--{word}" for word in tag[name].split())
        if tag.get("href"):
            tag["href"] = local(tag["href"], page)
        if tag.name == "details":
            tag["open"] = ""
        if tag.get("src") and not tag["src"].startswith("data:"):
            tag["src"] = f"../html/{tag['src']}"
            tag.attrs.pop("loading", None)
    for figure in article.select(".asng-figure[data-figure]"):
        note = soup.new_tag("p", attrs={"class": "still-note"})
        note.string = f"A live figure, as it stands at first; it moves in {page}.html of the HTML book."
        figure.insert_after(note)
    article["id"] = page
    return article


def needed(folder, page):
    """Return the style sheets and scripts of a page that paper needs too: looks, figures and formulas."""
    soup = BeautifulSoup((folder / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    tags = soup.select('link[rel="stylesheet"], script[data-figures], script[defer], head script:not([src])')
    for tag in tags:
        for name in ("href", "src"):
            if tag.get(name):
                tag[name] = f"../html/{tag[name]}"
    return [str(tag) for tag in tags if "book.js" not in str(tag)]


def contents(pages, titles, numbers):
    """Return the table of contents; ``numbers`` has the page of each chapter, once that is known."""
    lines, part = [], ""
    for caption, page in pages:
        if caption != part:
            part = caption
            lines.append(f'<li class="part">{html.escape(caption)}</li>')
        number = numbers.get(page, "")
        lines.append(f'<li><a href="#{page}"><span>{html.escape(titles[page])}</span><b>{number}</b></a></li>')
    return f'<nav id="contents"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'


def one_page(folder, toc, about, numbers):
    """Return the HTML of the whole book, for a file beside the folder of the built book.

    ``about`` has its title, author and version; ``numbers`` the page of each chapter, and may be empty.
    """
    pages = chapters(toc)
    articles = {page: chapter(folder, page) for _, page in pages}
    titles = {page: article.h1.get_text().strip() for page, article in articles.items()}
    heads = dict.fromkeys(line for _, page in pages for line in needed(folder, page))
    running = "".join(
        f'@page {page} {{ @top-center {{ content: "{title}"; }} }}\n#{page} {{ page: {page}; }}\n'
        for page, title in titles.items()
    )
    style = Path(__file__).with_name("print.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            '<!doctype html><html lang="en" data-theme="light" data-mode="light"><head><meta charset="utf-8">',
            f"<title>{html.escape(about['title'])}</title>",
            *heads,
            f"<style>{style}\n{running}</style></head><body>",
            TITLE_PAGE.format(**about),
            contents(pages, titles, numbers),
            *map(str, articles.values()),
            "</body></html>",
        ]
    )
