from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from graph.graphiql import EXAMPLES, Example, graphiql_app
from graph.graphiql.page import ASSETS

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "worker-src": ["'self'"],
    "connect-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "font-src": ["'self'", "data:"],
    "img-src": ["'self'", "data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}
IMMUTABLE = "public, max-age=31536000, immutable"
MANIFEST = json.loads((ASSETS / "manifest.json").read_text("utf-8"))
# What makes a browser load something: imports, workers, addresses in a style sheet.
LOADS_FROM_ELSEWHERE = re.compile(
    r"""(?:\bimport\s*\(?\s*|\bfrom\s*|importScripts\s*\(\s*|new\s+(?:Shared)?Worker\s*\(\s*|@import\s+(?:url\()?|url\(\s*)"""
    r"""["'`]?(?:https?:)?//""",
)
ASSET_NAME = re.compile(r"""["'`]\./([\w.-]+\.(?:js|css))["'`]""")


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Mount("/graphiql", graphiql_app(endpoint_path="/api/graphql"))])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kibubu.test/graphiql") as client:
        yield client


def policy_of(answer: httpx.Response) -> dict[str, list[str]]:
    directives = (directive.split() for directive in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in directives}


def settings_of(page: str) -> dict[str, Any]:
    found = re.search(r'data-settings="([^"]*)"', page)
    assert found is not None
    settings: dict[str, Any] = json.loads(html.unescape(found[1]))
    return settings


async def test_the_page_allows_nothing_from_another_host(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert policy_of(answer) == POLICY


async def test_the_page_has_no_script_and_no_style_of_its_own(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    assert re.findall(r"<script[^>]*>[^<]*</script>", page) == [
        f'<script type="module" src="assets/{MANIFEST["script"]}"></script>'
    ]
    assert "<style" not in page
    assert not re.search(r"\son\w+=", page)
    assert "//" not in re.sub(r'data-settings="[^"]*"', "", page)


async def test_everything_that_the_page_names_is_served_for_good(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    names = re.findall(r'(?:src|href)="(assets/[^"]+)"', page)
    assert names == [f"assets/{MANIFEST['style']}", f"assets/{MANIFEST['script']}"]
    for name, media_type in zip(names, ("text/css; charset=utf-8", "text/javascript; charset=utf-8"), strict=True):
        answer = await browser.get(f"/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == IMMUTABLE
        assert policy_of(answer) == POLICY


async def test_a_file_without_a_hash_in_its_name_is_not_kept(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/assets/LICENSES.txt")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["/assets/missing-AAAAAAAA.js", "/assets/../page.py", "/assets/%2e%2e/page.py", "/x"])
async def test_what_is_not_there_is_not_found_and_not_kept(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers.get("cache-control") != IMMUTABLE


async def test_the_page_without_its_last_slash_is_moved(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("http://kibubu.test/graphiql")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://kibubu.test/graphiql/")


def test_the_assets_name_only_files_that_exist() -> None:
    files = {path.name for path in ASSETS.iterdir()}
    named = {name for path in ASSETS.glob("*.js") for name in ASSET_NAME.findall(path.read_text("utf-8"))}
    assert {name.split("-")[0] for name in named} >= {"chunk", "editor.worker", "graphql.worker", "json.worker"}
    assert named - files == set()
    assert set(MANIFEST.values()) - files == set()


def test_every_asset_is_used() -> None:
    files = {path.name for path in ASSETS.iterdir()}
    named = {name for path in ASSETS.glob("*.js") for name in ASSET_NAME.findall(path.read_text("utf-8"))}
    assert files - named == {*MANIFEST.values(), "manifest.json", "LICENSES.txt"}


@pytest.mark.parametrize("text", ['import("https://x.test/a.js")', 'from"//x.test/a.js"', "url(http://x.test/a.woff2)"])
def test_the_search_for_addresses_finds_one_when_there_is_one(text: str) -> None:
    assert LOADS_FROM_ELSEWHERE.search(text)


def test_no_asset_loads_anything_from_another_host() -> None:
    for path in [*ASSETS.glob("*.js"), *ASSETS.glob("*.css")]:
        assert LOADS_FROM_ELSEWHERE.findall(path.read_text("utf-8")) == [], path.name


def test_the_licences_of_the_large_parts_are_there() -> None:
    text = (ASSETS / "LICENSES.txt").read_text("utf-8")
    for name in ("graphiql 5.", "monaco-editor 0.", "react 19.", "graphql 16.", "Roboto", "Fira Code", "Codicons"):
        assert re.search(rf"^{re.escape(name)}", text, re.MULTILINE), name


def test_the_lock_of_the_build_names_no_registry() -> None:
    lock = json.loads((ASSETS.parent / "build" / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


async def test_the_tabs_hold_the_examples_and_the_first_tells_how_to_sign_in(browser: httpx.AsyncClient) -> None:
    settings = settings_of((await browser.get("/")).text)
    assert (settings["endpointPath"], settings["subscriptionPath"], settings["title"]) == (
        "/api/graphql",
        None,
        "Kibubu",
    )
    first, *others = settings["tabs"]
    assert first["query"].startswith("# To sign in, write your access token into the\n")
    assert '\n#   { "Authorization": "Bearer YOUR-TOKEN" }\n' in first["query"]
    assert first["query"].endswith(f"\n#\n# {EXAMPLES[0].title}\n{EXAMPLES[0].query}")
    assert others == [
        {"query": f"# {item.title}\n{item.query}", "variables": item.variables, "headers": item.headers}
        for item in EXAMPLES[1:]
    ]


async def test_what_an_example_holds_cannot_break_out_of_the_page() -> None:
    nasty = Example("</div><script>alert(1)</script>", '{ a(text: "\\"><script>") }', variables='{"a": "\'>&"}')
    app = graphiql_app(examples=[nasty], title="<b>&", sign_in_help="")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://kibubu.test") as client:
        page = (await client.get("/")).text
    assert page.count("<script") == 1
    assert "<title>&lt;b&gt;&amp;</title>" in page
    assert settings_of(page)["tabs"] == [
        {"query": f"# {nasty.title}\n{nasty.query}", "variables": nasty.variables, "headers": ""}
    ]


@pytest.mark.parametrize("path", ["graphql", "", "//evil.test/graphql", "https://evil.test/", "/\\evil.test"])
def test_an_endpoint_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not an absolute path on the same host"):
        graphiql_app(endpoint_path=path)
    with pytest.raises(ValueError, match="not an absolute path on the same host"):
        graphiql_app(subscription_path=path)


def test_a_page_without_examples_and_an_example_without_a_title_are_refused() -> None:
    with pytest.raises(ValueError, match="needs an example"):
        graphiql_app(examples=[])
    for title, query in ((" ", "{ a }"), ("a\nb", "{ a }"), ("a", " ")):
        with pytest.raises(ValueError, match="title of one line and a query"):
            Example(title, query)
