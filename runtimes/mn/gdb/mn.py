"""Tasks of mn in gdb: `info mn-tasks`, `mn-task N`, `mn-bt N` and `mn-bt all`.

    (gdb) source share/mn/gdb/mn.py

Works on a running program and on a core file, with or without debug information: what it needs to know of mn's data
stands in the program itself (mn_debug_layout), so the program must have its symbol table (not be stripped). Source
lines and variables are shown for what was compiled with -g.

A task that does not run has no thread. Its frames are shown *above frame 0 of the current thread*, by an unwinder that
takes the task's saved registers for that frame's caller. Nothing in the program is changed for that, so it works in core files
as well. It ends with `mn-task off`, or when the program goes on.

A core file must be the system's (`ulimit -c unlimited`): gdb's own gcore leaves out regions with guard pages in them,
and those hold the stacks.

Backtraces of tasks that do not run need the x86_64 or aarch64 switch; the portable one (ucontext) hides where they are.
"""

import struct
import time

import gdb
import gdb.unwinder

RUNNING, PARKED = "running", "parked"


class Memory:
    """Reads the program's memory."""

    def __init__(self):
        self.inferior = gdb.selected_inferior()

    def bytes(self, address, count):
        return bytes(self.inferior.read_memory(address, count))

    def word(self, address):
        return struct.unpack("Q", self.bytes(address, 8))[0]

    def text(self, address, at_most=256):
        if address == 0:
            return ""
        text = b""
        while len(text) < at_most:  # byte by byte: the next page may not be there
            one = self.bytes(address + len(text), 1)
            if one == b"\0":
                break
            text += one
        return text.decode("utf-8", "replace")


class Layout:
    """What mn_debug_layout says."""

    def __init__(self, memory):
        try:
            at = int(gdb.parse_and_eval("(unsigned long)&mn_debug_layout"))
        except gdb.error:
            raise gdb.GdbError("this program has no mn_debug_layout: it has no mn runtime, or it is stripped") from None
        self.entries = {}
        while memory.word(at) != 0:
            name, address, value = struct.unpack("QQQ", memory.bytes(at, 24))
            self.entries[memory.text(name)] = (address, value)
            at += 24

    def _entry(self, name):
        if name not in self.entries:
            raise gdb.GdbError(f"this program's mn is of another version than this script: it does not tell {name!r}")
        return self.entries[name]

    def __getitem__(self, name):
        return self._entry(name)[1]

    def address(self, name):
        return self._entry(name)[0]

    def names(self, memory, name):
        address, count = self._entry(name)
        return [memory.text(memory.word(address + 8 * i)) for i in range(count)]


class Task:
    """One task, as its block and its worker say."""

    def __init__(self, **members):
        self.__dict__.update(members)

    @property
    def number(self):
        return f"{self.runtime}.{self.id}" if self.several else str(self.id)

    def describe(self):
        if self.worker is not None:
            what = f"running on worker {self.worker}, thread {self.thread}"
        elif self.state == PARKED:
            what = self.reason
            if self.on:
                what += f" at {self.on:#x}"
            if self.waited is not None:
                what += f", {self.waited / 1000:.1f} s"
        else:
            what = self.state
        name = f' "{self.name}"' if self.name else ""
        return f"task {self.number}{name} [{what}] spawned at {self.file}:{self.line}"


class Program:
    """All runtimes of the current program, read anew for each command."""

    def __init__(self):
        self.memory = Memory()
        self.layout = Layout(self.memory)
        self.states = self.layout.names(self.memory, "states")
        self.reasons = self.layout.names(self.memory, "reasons")
        self.switch = self.memory.text(self.layout.address("switch"))
        self.tasks = sorted(self._tasks(), key=lambda t: (t.runtime, t.id))

    def find(self, text):
        runtime, _, number = text.strip().rpartition(".")
        try:
            wanted = (int(runtime) if runtime else None, int(number))
        except ValueError:
            raise gdb.GdbError(f'"{text}" is no task; give a number of `info mn-tasks`') from None
        for t in self.tasks:
            if t.id == wanted[1] and wanted[0] in (None, t.runtime):
                return t
        raise gdb.GdbError(f"there is no task {text.strip()} (any more)")

    def _runtimes(self):
        at = self.memory.word(self.layout.address("registry") + self.layout["registry.first"])
        while at:
            yield at
            at = self.memory.word(at + self.layout["runtime.next"])

    def _running(self, runtime):
        """Which worker is on which task: {task: (worker, thread)}."""
        memory, layout = self.memory, self.layout
        begin, end = struct.unpack("QQ", memory.bytes(runtime + layout["runtime.workers"], 16))
        running = {}
        for at in range(begin, end, 8):
            worker = memory.word(at)
            current = memory.word(worker + layout["worker.current"])
            if current:
                index, = struct.unpack("I", memory.bytes(worker + layout["worker.index"], 4))
                thread, = struct.unpack("i", memory.bytes(worker + layout["worker.thread_id"], 4))
                running[current] = (index, thread)
        return running

    def _tasks(self):
        memory, layout = self.memory, self.layout
        runtimes = list(self._runtimes())
        for runtime in runtimes:
            number, = struct.unpack("I", memory.bytes(runtime + layout["runtime.number"], 4))
            running = self._running(runtime)
            now = self._now_ms(runtime)
            slab = memory.word(runtime + layout["runtime.slabs"])
            while slab:
                blocks = slab + layout["slab.blocks"]
                data = memory.bytes(blocks, layout["slab.count"] * layout["task.bytes"])
                for i in range(layout["slab.count"]):
                    task = self._task(data, i * layout["task.bytes"], blocks, running, now)
                    if task:
                        task.runtime = number
                        task.several = len(runtimes) > 1
                        yield task
                slab = memory.word(slab + layout["slab.older"])

    def _now_ms(self, runtime):
        """The program's clock: the system's, where the program runs here; else when mn last looked at it."""
        coarse, = struct.unpack("I", self.memory.bytes(runtime + self.layout["runtime.coarse_ms"], 4))
        target = getattr(self.memory.inferior, "connection", None)
        here = target is not None and target.type == "native"
        return int(time.monotonic() * 1000) & 0xFFFFFFFF if here else coarse

    def _task(self, data, at, blocks, running, now):
        def member(name, kind):
            return struct.unpack_from(kind, data, at + self.layout["task." + name])[0]

        number = member("id", "Q")
        state = self.states[member("state", "B")]
        if number == 0 or state in ("recycled", "ended"):
            return None
        worker, thread = running.get(blocks + at, (None, None))
        waited = (now - member("since_ms", "I")) & 0xFFFFFFFF
        reason = member("waits_for", "B")
        return Task(
            id=number,
            state=state,
            worker=worker,
            thread=thread,
            reason=self.reasons[reason] if reason < len(self.reasons) else f"reason {reason}",
            on=member("waits_on", "Q"),
            waited=waited if waited < 1 << 31 else 0,
            name=self.memory.text(member("name", "Q")),
            file=self.memory.text(member("file", "Q")),
            line=member("line", "I"),
            sp=member("sp", "Q") if member("stack", "Q") else 0,
        )


def saved_registers(memory, switch, sp):
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


class TaskUnwinder(gdb.unwinder.Unwinder):
    """While a task is chosen: the caller of the current thread's frame 0 is where that task goes on."""

    def __init__(self):
        super().__init__("mn-task")
        self.registers = None
        self.thread = None
        self.top = None

    def choose(self, registers):
        self.leave()
        thread = gdb.selected_thread()
        if thread is None:
            raise gdb.GdbError("there is no thread to show it on")
        frame = gdb.newest_frame()
        self.thread = thread.ptid
        self.top = (int(frame.read_register("sp")), frame.pc())
        self.registers = registers
        gdb.invalidate_cached_frames()

    def leave(self):
        was = self.registers is not None
        self.registers = None
        if was:
            gdb.invalidate_cached_frames()

    def __call__(self, pending):
        thread = gdb.selected_thread()
        if self.registers is None or thread is None or thread.ptid != self.thread:
            return None
        sp, pc = pending.read_register("sp"), pending.read_register("pc")
        if (int(sp), int(pc)) != self.top:
            return None
        # gdb takes a caller's frame that lies below its callee's for a broken stack, so frame 0 is given a place right
        # below the task's frames.
        below = self.registers.get("rsp", self.registers.get("sp")) - 16
        info = pending.create_unwind_info(FrameId(gdb.Value(below).cast(sp.type), pc))
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value).cast(pending.read_register(name).type))
        return info


class FrameId:
    """What gdb tells frames apart by."""

    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


unwinder = TaskUnwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)
gdb.events.cont.connect(lambda event: unwinder.leave())


def thread_of(task):
    for thread in gdb.selected_inferior().threads():
        if task.thread in thread.ptid:
            return thread
    raise gdb.GdbError(f"the thread {task.thread} of worker {task.worker} is not there")


def frame_lines():
    """The calls of the chosen task: those above frame 0."""
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

    def __init__(self):
        super().__init__("info mn-tasks", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        tasks = Program().tasks
        for task in tasks:
            print(task.describe())
        print(f"{len(tasks)} task{'' if len(tasks) == 1 else 's'}")


class TaskBacktrace(gdb.Command):
    """Print where a task of mn stands: mn-bt N, for a number of `info mn-tasks`; mn-bt all for each."""

    def __init__(self):
        super().__init__("mn-bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        program = Program()
        if not argument.strip():
            raise gdb.GdbError('mn-bt N, or mn-bt all; `info mn-tasks` lists the numbers')
        tasks = program.tasks if argument.strip() == "all" else [program.find(argument)]
        for task in tasks:
            print(task.describe())
            self.print_calls(program, task)

    @staticmethod
    def print_calls(program, task):
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
                for line in frame_lines():
                    print(line)
            except gdb.GdbError as error:
                print(f"    ({error})")
            finally:
                unwinder.leave()


class ChooseTask(gdb.Command):
    """Show a task of mn in place of the current thread's callers: mn-task N; mn-task off ends that.

    Frame 0 stays the thread's own; frame 1 and up are the task's, for backtrace, frame, info locals and so on."""

    def __init__(self):
        super().__init__("mn-task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
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
