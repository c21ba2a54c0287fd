"""Tasks of mn in gdb: `info mn-tasks`, `mn-task N`, `mn-bt N` and `mn-bt all`.

    (gdb) source share/mn/gdb/mn.py

Works on a running program and on a core file, with or without debug information: what it needs to know of mn's data
stands in the program itself (mn_debug_layout), so the program must have its symbol table (not be stripped). Source
lines and variables are shown for what was compiled with -g.

A task that does not run has no thread. Its frames are shown *above frame 0 of the current thread*, by an unwinder that
takes the task's saved registers for that frame's caller. Nothing in the program is changed for that, so it works in
core files as well. It ends with `mn-task off`, or when the program goes on.

A core file must be the system's (`ulimit -c unlimited`): gdb's own gcore leaves out regions with guard pages in them,
and those hold the stacks.

Backtraces of tasks that do not run need the x86_64 or aarch64 switch; the portable one (ucontext) hides where they are.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import gdb
import gdb.unwinder


class Memory:
    """Reads the program's memory."""

    def __init__(self) -> None:
        self.inferior = gdb.selected_inferior()

    def bytes(self, address: int, count: int) -> bytes:
        return bytes(self.inferior.read_memory(address, count))

    def number(self, kind: str, address: int) -> int:
        """One number of a kind of struct's."""
        return struct.unpack(kind, self.bytes(address, struct.calcsize(kind)))[0]

    def word(self, address: int) -> int:
        return self.number("Q", address)

    def text(self, address: int, at_most: int = 256) -> str:
        text = b""
        while address and len(text) < at_most:  # byte by byte: the next page may not be there
            one = self.bytes(address + len(text), 1)
            if one == b"\0":
                break
            text += one
        return text.decode("utf-8", "replace")


class Layout:
    """What mn_debug_layout says."""

    def __init__(self, memory: Memory) -> None:
        try:
            at = int(gdb.parse_and_eval("(unsigned long)&mn_debug_layout"))
        except gdb.error:
            raise gdb.GdbError("this program has no mn_debug_layout: it has no mn runtime, or it is stripped") from None
        self.entries: dict[str, tuple[int, int]] = {}
        while memory.word(at) != 0:
            name, address, value = struct.unpack("QQQ", memory.bytes(at, 24))
            self.entries[memory.text(name)] = (address, value)
            at += 24

    def _entry(self, name: str) -> tuple[int, int]:
        if name not in self.entries:
            raise gdb.GdbError(f"this program's mn is of another version than this script: it does not tell {name!r}")
        return self.entries[name]

    def __getitem__(self, name: str) -> int:
        return self._entry(name)[1]

    def address(self, name: str) -> int:
        return self._entry(name)[0]

    def names(self, memory: Memory, name: str) -> list[str]:
        address, count = self._entry(name)
        return [memory.text(memory.word(address + 8 * i)) for i in range(count)]


@dataclass
class Task:
    """One task, as its block and its worker say."""

    id: int
    state: str
    reason: str
    on: int
    waited_ms: int
    name: str
    file: str
    line: int
    sp: int  # 0: it has no stack
    worker: int | None  # which it runs on, and that one's thread
    thread: int | None
    runtime: int
    of_several: bool

    @property
    def number(self) -> str:
        return f"{self.runtime}.{self.id}" if self.of_several else str(self.id)

    def describe(self) -> str:
        if self.worker is not None:
            what = f"running on worker {self.worker}, thread {self.thread}"
        elif self.state == "parked":
            what = self.reason + (f" at {self.on:#x}" if self.on else "") + f", {self.waited_ms / 1000:.1f} s"
        else:
            what = self.state
        name = f' "{self.name}"' if self.name else ""
        return f"task {self.number}{name} [{what}] spawned at {self.file}:{self.line}"


class Program:
    """All runtimes of the current program, read anew for each command."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.layout = Layout(self.memory)
        self.states = self.layout.names(self.memory, "states")
        self.reasons = self.layout.names(self.memory, "reasons")
        self.switch = self.memory.text(self.layout.address("switch"))
        self.runtimes = list(self._runtimes())
        self.tasks = sorted((t for r in self.runtimes for t in self._tasks(r)), key=lambda t: (t.runtime, t.id))

    def find(self, text: str) -> Task:
        runtime, _, number = text.strip().rpartition(".")
        try:
            in_runtime, wanted = int(runtime) if runtime else None, int(number)
        except ValueError:
            raise gdb.GdbError(f'"{text}" is no task; give a number of `info mn-tasks`') from None
        for t in self.tasks:
            if t.id == wanted and in_runtime in (None, t.runtime):
                return t
        raise gdb.GdbError(f"there is no task {text.strip()} (any more)")

    def _runtimes(self) -> Iterator[int]:
        at = self.memory.word(self.layout.address("registry") + self.layout["registry.first"])
        while at:
            yield at
            at = self.memory.word(at + self.layout["runtime.next"])

    def _running(self, runtime: int) -> dict[int, tuple[int, int]]:
        """Which tasks are on a worker: its number and thread for each."""
        memory, layout = self.memory, self.layout
        workers = memory.word(runtime + layout["runtime.workers"])
        running = {}
        for i in range(memory.word(runtime + layout["runtime.worker_count"])):
            worker = memory.word(workers + 8 * i)
            current = memory.word(worker + layout["worker.current"])
            index = memory.number("I", worker + layout["worker.index"])
            running[current] = (index, memory.number("i", worker + layout["worker.thread_id"]))
        return running

    def _now_ms(self, runtime: int) -> int:
        """The program's clock: the system's, where the program runs here; else when mn last looked at it."""
        target = getattr(self.memory.inferior, "connection", None)
        if target is not None and target.type == "native":
            return int(time.monotonic() * 1000) & 0xFFFFFFFF
        return self.memory.number("I", runtime + self.layout["runtime.coarse_ms"])

    def _tasks(self, runtime: int) -> Iterator[Task]:
        memory, layout = self.memory, self.layout
        running = self._running(runtime)
        now_ms = self._now_ms(runtime)
        size = layout["task.bytes"]
        slab = memory.word(runtime + layout["runtime.slabs"])
        while slab:
            blocks = slab + layout["slab.blocks"]
            data = memory.bytes(blocks, layout["slab.count"] * size)
            for i in range(layout["slab.count"]):
                block = data[i * size : (i + 1) * size]
                task = self._task(block, running.get(blocks + i * size, (None, None)), runtime, now_ms)
                if task:
                    yield task
            slab = memory.word(slab + layout["slab.older"])

    def _task(self, block: bytes, on_worker: tuple[int | None, int | None], runtime: int, now_ms: int) -> Task | None:
        def member(name: str, kind: str) -> int:
            return struct.unpack_from(kind, block, self.layout["task." + name])[0]

        state = self.states[member("state", "B")]
        if member("id", "Q") == 0 or state in ("recycled", "ended"):
            return None
        reason = member("waits_for", "B")
        waited_ms = (now_ms - member("since_ms", "I")) & 0xFFFFFFFF
        return Task(
            id=member("id", "Q"),
            state=state,
            reason=self.reasons[reason] if reason < len(self.reasons) else f"reason {reason}",
            on=member("waits_on", "Q"),
            waited_ms=waited_ms if waited_ms < 1 << 31 else 0,
            name=self.memory.text(member("name", "Q")),
            file=self.memory.text(member("file", "Q")),
            line=member("line", "I"),
            sp=member("sp", "Q") if member("stack", "Q") else 0,
            worker=on_worker[0],
            thread=on_worker[1],
            runtime=self.memory.number("I", runtime + self.layout["runtime.number"]),
            of_several=len(self.runtimes) > 1,
        )


def saved_registers(memory: Memory, switch: str, sp: int) -> dict[str, int]:
    """The registers of a task that does not run, as the switch has laid them down: see src/arch/switch_*.S."""
    if switch == "x86_64":
        words = struct.unpack("8Q", memory.bytes(sp, 64))
        names = ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")
        return {**dict(zip(names, words[1:], strict=True)), "rsp": sp + 64}
    if switch == "aarch64":
        words = struct.unpack("22Q", memory.bytes(sp, 176))
        registers = {f"x{19 + i}": words[2 + i] for i in range(11)}
        registers["pc"] = words[13] & 0x0000_FFFF_FFFF_FFFF  # without the signature, if it has one
        registers["sp"] = sp + 176
        return registers
    raise gdb.GdbError(f"this program switches tasks by {switch}, which does not show where they are")


@dataclass
class FrameId:
    """What gdb tells frames apart by."""

    sp: gdb.Value
    pc: gdb.Value


class TaskUnwinder(gdb.unwinder.Unwinder):
    """While a task is chosen: the caller of the current thread's frame 0 is where that task goes on."""

    def __init__(self) -> None:
        super().__init__("mn-task")
        self.registers: dict[str, int] | None = None
        self.thread = None
        self.top = None

    def choose(self, registers: dict[str, int]) -> None:
        self.leave()
        thread = gdb.selected_thread()
        if thread is None:
            raise gdb.GdbError("there is no thread to show it on")
        frame = gdb.newest_frame()
        self.thread = thread.ptid
        self.top = (int(frame.read_register("sp")), frame.pc())
        self.registers = registers
        gdb.invalidate_cached_frames()

    def leave(self) -> None:
        if self.registers is not None:
            self.registers = None
            gdb.invalidate_cached_frames()

    def __call__(self, pending: gdb.PendingFrame) -> gdb.UnwindInfo | None:
        thread = gdb.selected_thread()
        if self.registers is None or thread is None or thread.ptid != self.thread:
            return None
        sp, pc = pending.read_register("sp"), pending.read_register("pc")
        if (int(sp), int(pc)) != self.top:
            return None
        # gdb takes a caller's frame that lies below its callee's for a broken stack, so frame 0 is given a place right
        # below the task's frames.
        below = self.registers.get("rsp", self.registers.get("sp", 0)) - 16
        info = pending.create_unwind_info(FrameId(gdb.Value(below).cast(sp.type), pc))
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return info


unwinder = TaskUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)
gdb.events.cont.connect(lambda event: unwinder.leave())


def thread_of(task: Task) -> gdb.InferiorThread:
    for thread in gdb.selected_inferior().threads():
        if task.thread in thread.ptid:
            return thread
    raise gdb.GdbError(f"the thread {task.thread} of worker {task.worker} is not there")


def chosen_calls() -> Iterator[str]:
    """The calls of the chosen task, a line each: the frames above frame 0."""
    frame = gdb.newest_frame().older()
    number = 0
    while frame is not None and frame.is_valid():
        place = frame.find_sal()
        where = f" at {place.symtab.filename}:{place.line}" if place.symtab else ""
        yield f"    #{number:<2} {frame.pc():#x} in {frame.name() or '??'}{where}"
        number += 1
        frame = frame.older()


class InfoTasks(gdb.Command):
    """List the tasks of mn: number, name, what each does or waits for, and where it was spawned."""

    def __init__(self) -> None:
        super().__init__("info mn-tasks", gdb.COMMAND_STATUS)

    def invoke(self, argument: str, from_tty: bool) -> None:
        tasks = Program().tasks
        for task in tasks:
            print(task.describe())
        print(f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}")


class TaskBacktrace(gdb.Command):
    """Print where a task of mn stands: mn-bt N, for a number of `info mn-tasks`; mn-bt all for each."""

    def __init__(self) -> None:
        super().__init__("mn-bt", gdb.COMMAND_STACK)

    def invoke(self, argument: str, from_tty: bool) -> None:
        if not argument.strip():
            raise gdb.GdbError("mn-bt N, or mn-bt all; `info mn-tasks` lists the numbers")
        program = Program()
        tasks = program.tasks if argument.strip() == "all" else [program.find(argument)]
        for task in tasks:
            print(task.describe())
            try:
                self.print_calls(program, task)
            except gdb.GdbError as error:
                print(f"    ({error})")

    @staticmethod
    def print_calls(program: Program, task: Task) -> None:
        if task.worker is not None:
            selected = gdb.selected_thread()
            thread_of(task).switch()
            try:
                gdb.execute("backtrace")
            finally:
                selected.switch()
        elif task.sp:
            try:
                unwinder.choose(saved_registers(program.memory, program.switch, task.sp))
                for line in chosen_calls():
                    print(line)
            finally:
                unwinder.leave()


class ChooseTask(gdb.Command):
    """Show a task of mn in place of the current thread's callers: mn-task N; mn-task off ends that.

    Frame 0 stays the thread's own; frame 1 and up are the task's, for backtrace, frame, info locals and so on."""

    def __init__(self) -> None:
        super().__init__("mn-task", gdb.COMMAND_STACK)

    def invoke(self, argument: str, from_tty: bool) -> None:
        if argument.strip() in ("", "off"):
            unwinder.leave()
            return
        program = Program()
        task = program.find(argument)
        if task.worker is not None:
            unwinder.leave()
            thread_of(task).switch()
        elif task.sp:
            unwinder.choose(saved_registers(program.memory, program.switch, task.sp))
            gdb.newest_frame().older().select()
        else:
            raise gdb.GdbError(f"task {task.number} has not started: it has no stack")
        print(task.describe())
        gdb.execute("frame")


InfoTasks()
TaskBacktrace()
ChooseTask()
