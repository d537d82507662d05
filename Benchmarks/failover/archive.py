#!/usr/bin/env python3
"""A door in front of an object store.  archive.py FILE: what comes to 127.0.67.1:9000 goes on to the store at :9001 while FILE says
healthy; hanging: it is taken and nothing ever comes back; refusing: 503, and what is under way is cut off."""
import asyncio, sys

ANSWER = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def mode():
    return open(sys.argv[1]).read().strip()


async def pipe(reader, writer):
    while data := await reader.read(1 << 16):
        while mode() == "hanging":
            await asyncio.sleep(0.1)
        if mode() == "refusing":
            break
        writer.write(data)
        await writer.drain()


async def visitor(reader, writer):
    try:
        while mode() == "hanging":
            await asyncio.sleep(0.1)
        if mode() == "refusing":
            await reader.read(1 << 16)
            writer.write(ANSWER)
            await writer.drain()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.67.1", 9001)
        try:
            tasks = [asyncio.create_task(pipe(reader, inner_writer)), asyncio.create_task(pipe(inner_reader, writer))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        finally:
            inner_writer.close()
    except OSError:
        pass
    finally:
        writer.close()


async def main():
    async with await asyncio.start_server(visitor, "127.0.67.1", 9000) as server:
        await server.serve_forever()


asyncio.run(main())
