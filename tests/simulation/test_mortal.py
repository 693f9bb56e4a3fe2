"""A life that ends does nothing any more, not even what it had promised for the end."""

import asyncio

from tradewind.net.virtual import VirtualLoop
from tradewind.simulation.mortal import Killed, Life, tasks


def _played(fatal: int, dies_at: int = 0) -> tuple[list[str], list[str]]:
    did: list[str] = []
    ends: list[str] = []

    async def helper() -> None:
        try:
            while True:
                await asyncio.sleep(1)
                did.append("helper")
        finally:
            did.append("helper's finally") if not life.dead else None

    async def main() -> None:
        task = asyncio.create_task(helper())
        for number in range(1, 4):
            await asyncio.sleep(1)
            if number == dies_at:
                life.die("inside")
            did.append(f"step {number}")
        task.cancel()

    async def world() -> None:
        nonlocal life
        asyncio.get_running_loop().set_task_factory(tasks)
        life = Life(1, ends.append)
        life.fatal = fatal
        await asyncio.wait([life.run(main())])
        await asyncio.sleep(10)

    life = Life(0, ends.append)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(world())
    return did, ends


def test_a_life_that_is_not_ended_does_everything() -> None:
    """Three steps, and a task beside them that is cancelled in order."""
    did, ends = _played(fatal=0)
    assert [each for each in did if each.startswith("step")] == ["step 1", "step 2", "step 3"]
    assert did[-1] == "helper's finally"
    assert ends == []


def test_a_life_ends_between_any_two_steps_with_all_its_tasks() -> None:
    """For every step there is: nothing happens after it, in no task of the life."""
    whole = _played(fatal=0)[0]
    counts = set()
    for fatal in range(1, 8):
        did, ends = _played(fatal)
        assert len(ends) == 1
        assert ends[0].startswith("await")
        assert did == whole[: len(did)]
        counts.add(len(did))
    assert len(counts) > 3


def test_a_life_ends_in_the_middle_of_a_step() -> None:
    """``die`` unwinds the code that called it, and the task beside it never wakes again."""
    did, ends = _played(fatal=0, dies_at=2)
    assert ends == ["inside"]
    assert "step 1" in did
    assert "step 2" not in did
    assert did.count("helper") <= 2
    assert not issubclass(Killed, Exception)
