"""What can go wrong, by what to do about it: retry, dead-letter, stop and say why."""


class DatelineError(Exception):
    """The root of all our errors. Its text says what happened, where, and what to do."""


class BadInput(DatelineError):
    """This message can never be processed. It is dead-lettered or rejected; its neighbours go on."""


class Rejected(DatelineError):
    """This is no article (or not one we take): counted with its reason, not dead-lettered.

    `reason` is a short word of a fixed set, so that it can be a metric label.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["Rejected"], tuple[str, str]]:
        # Exceptions pickle by their args; ours come back from worker processes with both parts.
        return (Rejected, (self.reason, self.detail))


class WorkerStopped(BadInput):
    """This item took a worker process too long, too much memory, or its life. Nobody knows what is in it.

    Never a rejection: it is dead-lettered, so that it can be replayed when the cause is mended.
    """


class Unavailable(DatelineError):
    """A dependency cannot be reached. Worth retrying; exit code 3 when it stays so."""


class Lost(DatelineError):
    """The work is no longer ours: our partitions moved or our producer was fenced. Stop without committing."""


class TooLarge(BadInput):
    """The record is larger than the topic allows."""

    def __init__(self, topic: str, size: int, limit: int) -> None:
        super().__init__(f"{topic}: a record of {size} bytes is over the limit of {limit}")
        self.topic = topic
        self.size = size
        self.limit = limit


class ConfigError(DatelineError):
    """A setting or argument is wrong. Exit code 2."""
