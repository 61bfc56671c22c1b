"""`python -m bot.playground` in a process of its own, as benches and curious people start it."""

import json
import subprocess
import sys
import urllib.request


def test_it_prints_its_address_answers_and_counts() -> None:
    """URL and token stand on the first two lines; the people have pressed Start."""
    command = [sys.executable, "-m", "bot.playground", "--port", "0", "--no-limits", "--count-only", "--people", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        token = process.stdout.readline().split()[1]
        for number in range(3):
            body = json.dumps({"chat_id": 500_000_001 + number, "text": "x"}).encode()
            request = urllib.request.Request(
                f"{url}/bot{token}/sendMessage", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request) as response:
                assert json.load(response)["ok"]
        with urllib.request.urlopen(f"{url}/control/counts") as response:
            counts = json.load(response)
        process.terminate()
        assert process.wait(60) == 0
    assert counts["messages_from_bot"] == counts["requests"] == 3
