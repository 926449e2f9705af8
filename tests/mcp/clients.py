"""Drives `cachewright mcp` with the official Python client, whichever era of it is installed.

usage: python clients.py PROGRAM EXAMPLES PROTOCOL

Both eras check `structuredContent` against the tool's declared output schema themselves; jsonschema, which they bring
along, checks it here once more.
"""

import asyncio
import contextlib
import glob
import json
import sys

import jsonschema

PROGRAM, EXAMPLES, PROTOCOL = sys.argv[1:4]
TOOLS = ["compare", "explain", "generate", "price", "questions", "recommend"]
# What the text of an answer may take, in bytes.
ROOM = {"answer": 3000, "candidates": 9000, "full": 60000}


def part(thing, *names):
    """An attribute by the name that either era gives it."""
    for name in names:
        if hasattr(thing, name):
            return getattr(thing, name)
    raise AttributeError(f"{thing!r} has none of {names}")


@contextlib.asynccontextmanager
async def connected():
    """A client, and the protocol that it speaks with the server."""
    try:
        from mcp.client.client import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client
    except ImportError:
        from mcp import ClientSession, StdioServerParameters
        from mcp.client.stdio import stdio_client

        server = StdioServerParameters(command=PROGRAM, args=["mcp"])
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            hello = await session.initialize()
            yield session, hello.protocolVersion
    else:
        server = StdioServerParameters(command=PROGRAM, args=["mcp"])
        async with Client(stdio_client(server)) as client:
            yield client, client.protocol_version


async def main():
    async with connected() as (client, protocol):
        assert protocol == PROTOCOL, protocol
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == TOOLS
        schemas = {tool.name: part(tool, "output_schema", "outputSchema") for tool in tools}

        async def good(name, arguments):
            result = await client.call_tool(name, arguments)
            assert not part(result, "is_error", "isError"), result
            structured = part(result, "structured_content", "structuredContent")
            assert json.loads(result.content[0].text) == structured
            jsonschema.validate(structured, schemas[name])
            return structured, len(result.content[0].text)

        async def bad(name, arguments, code):
            result = await client.call_tool(name, arguments)
            assert part(result, "is_error", "isError"), result
            problems = part(result, "structured_content", "structuredContent")["problems"]
            assert problems[0]["code"] == code, problems
            assert len(result.content[0].text.encode()) <= 4000

        for path in sorted(glob.glob(f"{EXAMPLES}/*.yaml")):
            with open(path, encoding="utf-8") as file:
                profile = file.read()
            for detail, room in ROOM.items():
                answer, size = await good("recommend", {"profile": profile, "detail": detail})
                assert size <= room, (path, detail, size)
            await good("questions", {"profile": profile})
            if answer["outcome"] == "recommended":
                await good("generate", {"profile": profile})
            else:
                await bad("generate", {"profile": profile}, "nothing-to-generate")

        rows, _ = await good("compare", {"profile": profile, "variations": [{}, {"region": "us-east-1"}, {"region": "xx"}]})
        assert [row["error"] is None for row in rows["rows"]] == [True, True, False]
        await good("price", {"service": "dynamodb", "region": "eu-west-1", "meters": {"read-request-units": "8M"}})
        await good("explain", {"id": "dynamodb"})
        await good("questions", {"profile": ""})
        await bad("recommend", {"profile": "version: 1\ntrafic: 3\n"}, "profile-missing-field")
        await bad("recommend", {"profile": "./cache.yaml"}, "profile-shape")
        await bad("recommend", {"profil": "x"}, "mcp-arguments")
        await bad("compare", {"profile": profile, "variations": [{}] * 25}, "mcp-too-many")
        try:
            result = await client.call_tool("deploy", {})
            raise SystemExit(f"an unknown tool answered: {result}")
        except Exception as error:
            assert "no tool is called" in str(error), error

        for resource in (await client.list_resources()).resources:
            contents = (await client.read_resource(resource.uri)).contents
            assert contents[0].text, resource.uri
        templates = await client.list_resource_templates()
        assert len(part(templates, "resource_templates", "resourceTemplates")) == 2
        try:
            await client.read_resource("cachewright://example/../../etc/passwd")
            raise SystemExit("a path was read")
        except Exception as error:
            assert "no resource" in str(error), error
        prompts = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in prompts] == ["choose-cache"]
        prompt = await client.get_prompt("choose-cache")
        assert "questions" in prompt.messages[0].content.text
    print("every tool, resource and prompt: good")


asyncio.run(main())
