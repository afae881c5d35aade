"""The way every request takes to the methods: late ones first, then its own mishap if it meets one, then the ledger."""

import asyncio

from bot.sandbox.chats import Json
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import AnswerLost, Fault, Faults, LateRequest, Mishap
from bot.sandbox.ledger import Ledger, Request
from bot.sandbox.messenger import Messenger
from bot.sandbox.methods import call
from bot.sandbox.params import Params


class Line:
    """Between the outside and the state; knows nothing of HTTP."""

    def __init__(self, messenger: Messenger) -> None:
        self.ledger = Ledger()
        self.faults = Faults()
        self._messenger = messenger

    async def carry_out(self, method: str, params: Params) -> Json:
        """The answer's body. Raises ApiError for what is refused, and AnswerLost where the bot hears nothing."""
        await self.let_arrive()
        fault = self.faults.take(method)
        if fault is None:
            return await self._call(method, params)
        return await self._fail(fault, method, params)

    async def let_arrive(self) -> None:
        """Carry out what was held back until now. Nobody waits for the answers any more."""
        for late in self.faults.arrivals(self._messenger.clock()):
            await self._arrive(late)

    async def _arrive(self, late: LateRequest) -> None:
        try:
            await self._call(late.method, late.params)
        except ApiError:
            return  # the ledger has it

    async def _fail(self, fault: Fault, method: str, params: Params) -> Json:
        match fault.mishap:
            case Mishap.REFUSED:
                self._note(method, params, fault.error().description)
                raise fault.error()
            case Mishap.REQUEST_LOST:
                raise AnswerLost
            case Mishap.LATE:
                self.faults.hold_back(method, params, self._messenger.clock() + fault.delay_ms)
                raise AnswerLost
            case Mishap.TWICE:
                self._messenger.updates.repeat()
                return await self._call(method, params)
        # In every other case the request is carried out; if that is refused, so be it.
        answer = await self._call(method, params)
        if fault.mishap is Mishap.ANSWER_LOST:
            raise AnswerLost
        if fault.mishap is Mishap.FAILED_AFTER:
            raise fault.error()
        await asyncio.sleep(fault.delay_ms / 1000)
        return answer

    async def _call(self, method: str, params: Params) -> Json:
        try:
            result = await call(self._messenger, method, params)
        except ApiError as error:
            self._note(method, params, error.description)
            raise
        self._note(method, params, None)
        return {"ok": True, "result": result}

    def _note(self, method: str, params: Params, refusal: str | None) -> None:
        self.ledger.note(Request(method, params.values, tuple(params.uploads), self._messenger.clock(), refusal))
