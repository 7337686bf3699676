"""The article's §5 with the standard library alone: no loop, Future, Task or socket of one's own.

Beside it: stage5_native_coroutines/crawler.cpp; stage1_blocking.py, whose blocking_way it is with
`await` in it; and stage5_aiohttp.py, with the HTTP client that the article has here.
"""

import asyncio

from practice import fetched, job, request, run


async def fetch(url, enough):
    async with enough:
        reader, writer = await asyncio.open_connection(*job.address)
        writer.write(request(url))
        response = await reader.read()
        writer.close()
        fetched(url, response)


async def main():
    # The listing starts all its pages at once. This is for a comparison with more of them.
    enough = asyncio.Semaphore(job.concurrency)
    await asyncio.gather(*(fetch(url, enough) for url in job.urls))


if __name__ == "__main__":
    # The listing calls get_event_loop().run_until_complete(), which has become this.
    run(lambda: asyncio.run(main()))
