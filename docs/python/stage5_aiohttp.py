"""The article's §5: native coroutines and an HTTP client.

It needs aiohttp, which is not of the standard library: python3-aiohttp on Debian. Beside it:
stage5_native_coroutines/asio/crawler.cpp, which stands on libraries too.
"""

import asyncio
import sys

from practice import fetched, job, run

try:
    import aiohttp
except ImportError:
    sys.exit("stage5_aiohttp.py needs aiohttp: python3-aiohttp on Debian")


async def fetch(session, url):
    async with session.get(url) as response:
        fetched(url, await response.read())


async def main():
    # As the others do: a connection for each page, and not more at once than asked for.
    connector = aiohttp.TCPConnector(limit=job.concurrency, force_close=True)
    base = f"http://{job.address[0]}:{job.address[1]}"
    async with aiohttp.ClientSession(base, connector=connector) as session:
        await asyncio.gather(*(fetch(session, url) for url in job.urls))


if __name__ == "__main__":
    # The listing calls get_event_loop().run_until_complete(), which has become this.
    run(lambda: asyncio.run(main()))
