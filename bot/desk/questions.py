"""What was asked and not answered yet. Kept in memory only: after a restart every question is an old one.

A question is open, then obeyed (handed to the engine, which has not spoken yet), then over. An obeyed one, and a
command that needed no question, is a wish until the engine says what became of it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from bot.desk import english as desk_english
from bot.desk.access import Admin
from bot.desk.proof import Proof
from bot.voices import Voices
from bot.words import questions, readiness, usage, usage_english
from bot.words.post import Post
from bot.words.wording import Style, number
from engine.engine import Engine
from engine.events import (
    CloseTrade,
    MoveStop,
    Pause,
    Rearm,
    Resume,
    SetMode,
    SetRisk,
    SetSetting,
    SetStrategy,
    Withdraw,
)
from engine.limits import most_fall, rearmed
from engine.types import Mode, Trade

CONFIRM_WITHIN_MS = 120_000
_KEPT = 200  # questions remembered, so that a second tap gets its answer

Change: TypeAlias = SetRisk | SetMode | Rearm | CloseTrade | Withdraw | MoveStop
Wanted: TypeAlias = Change | Pause | Resume | SetStrategy | SetSetting

COMMAND_OF: dict[type[Change], str] = {
    SetRisk: "risk",
    SetMode: "mode",
    Rearm: "rearm",
    CloseTrade: "close",
    Withdraw: "cancel",
    MoveStop: "move_sl",
}


class Refusal(enum.Enum):
    """Why a tap of somebody on the desk changes nothing, as the audit has it."""

    FORGED = "forged"  # no button of ours, or not of this message
    EXPIRED = "expired"
    UNPLACED = "unplaced"  # at a message we do not know, or that is none of the desk's
    ROLE = "role"
    OLD = "old"  # nobody remembers the question
    NOT_YOURS = "not yours"
    ANSWERED = "answered"
    LATE = "late"


class QuestionState(enum.Enum):
    OPEN = "open"
    OBEYED = "obeyed"
    DONE = "done"
    KEPT = "kept"
    LATE = "late"


class Question(msgspec.Struct):
    """`key` is its message. `trade` is the one it is about, as it was when asked. Times are people's.

    Real money is asked about twice, in one message: then `id` is another, so that an old button is known, and `times`
    is 2. `proof` is what was shown on paper.
    """

    id: str
    admin: Admin
    key: str
    change: Change
    until_ms: int
    trade: Trade | None = None
    proof: Proof | None = None
    times: int = 1  # asked so far
    state: QuestionState = QuestionState.OPEN

    @property
    def is_asked_again(self) -> bool:
        """Whether its yes leads to another question."""
        return self.change == SetMode(Mode.LIVE) and self.times < 2


class Wish(msgspec.Struct, frozen=True):
    """Handed to the engine by `admin`; the answer goes to the message `key`."""

    admin: Admin
    key: str
    wanted: Wanted
    question: Question | None = None


class Pending:
    """Open questions and wishes under way, oldest first."""

    def __init__(self) -> None:
        self._questions: dict[str, Question] = {}
        self._wishes: list[Wish] = []

    def ask(self, question: Question) -> None:
        self._questions[question.id] = question
        if len(self._questions) > _KEPT:
            del self._questions[next(iter(self._questions))]

    def ask_again(self, question: Question) -> None:
        """In other words, until the same moment. The old buttons still lead to it, but their yes counts no more."""
        question.times += 1
        question.id = f"{question.id}:{question.times}"
        self.ask(question)

    def question(self, question_id: str) -> Question | None:
        return self._questions.get(question_id)

    def wish(self, wish: Wish) -> None:
        self._wishes.append(wish)

    def take(self, is_meant: Callable[[Wish], bool]) -> Wish | None:
        """The oldest wish that is meant, once. The engine obeys in the order it was asked."""
        found = next((wish for wish in self._wishes if is_meant(wish)), None)
        if found is not None:
            self._wishes.remove(found)
        return found


class Wording:
    """A question's texts from first to last."""

    def __init__(self, engine: Engine, voices: Voices) -> None:
        self._engine = engine
        self._voices = voices

    @property
    def style(self) -> Style:
        return self._voices.style(self._engine.mode)

    def asked(self, question: Question) -> Post:
        engine, style, until_ms = self._engine, self.style, question.until_ms
        match question.change:
            case SetRisk(percent):
                money = engine.capital * percent / 100
                return questions.risk_question(engine.risk_percent, percent, money, question.id, until_ms, style)
            case SetMode(Mode.LIVE):
                return self._live_asked(question)
            case SetMode(mode):
                return questions.mode_question(engine.mode, mode, question.id, until_ms, style)
            case Rearm():
                high, equity = engine.account.high, engine.equity
                floor = equity - most_fall(rearmed(engine.account, equity), engine.in_force.limits)
                return questions.rearm_question(equity, high, floor, question.id, until_ms, style)
            case CloseTrade():
                trade = _trade_of(question)
                return questions.close_question(trade, self._voices.of_trade(trade), question.id, until_ms)
            case Withdraw():
                return questions.cancel_question(_trade_of(question), question.id, until_ms, style)
            case MoveStop(_, stop):
                trade = _trade_of(question)
                return questions.move_question(trade, stop, self._voices.of_trade(trade), question.id, until_ms)

    def _live_asked(self, question: Question) -> Post:
        mode, until_ms, proof = self._engine.mode, question.until_ms, question.proof
        if not question.is_asked_again:
            return readiness.live_question_again(mode, question.id, until_ms, self.style)
        if proof is None:
            raise ValueError(f"question {question.id} asks for real money and rests on nothing")
        return readiness.live_question(proof.criteria, proof.since_ms, mode, question.id, until_ms, self.style)

    def kept(self, question: Question, time_ms: int) -> Post:
        engine, style, name = self._engine, self.style, question.admin.name
        match question.change:
            case SetRisk():
                return questions.risk_kept(engine.risk_percent, name, time_ms, style)
            case SetMode():
                return questions.mode_kept(engine.mode, name, time_ms, style)
            case Rearm():
                return questions.rearm_kept(name, time_ms, style)
            case CloseTrade():
                return questions.close_kept(_trade_of(question), name, time_ms, style)
            case Withdraw():
                return questions.cancel_kept(_trade_of(question), name, time_ms, style)
            case MoveStop(trade_id):
                trade = self.running(trade_id) or _trade_of(question)
                return questions.stop_kept(trade, self._voices.of_trade(trade), name, time_ms)

    def is_moot(self, question: Question) -> bool:
        """It is so already: somebody, or the market, was quicker."""
        match question.change:
            case SetRisk(percent):
                return self._engine.risk_percent == percent
            case SetMode(mode):
                return self._engine.mode is mode
            case Rearm():
                return not self._engine.account.is_tripped
            case CloseTrade(trade_id):
                return self.running(trade_id) is None
            case Withdraw(trade_id):
                trade = self.running(trade_id)
                return trade is None or trade.opened_price is not None
            case MoveStop(trade_id, stop):
                trade = self.running(trade_id)
                return trade is None or trade.stop == stop

    def moot(self, question: Question, time_ms: int) -> Post:
        match question.change:
            case Rearm():
                return usage.not_tripped()
            case CloseTrade(trade_id):
                return self.not_open(trade_id)
            case Withdraw(trade_id):
                return self.not_waiting(trade_id)
            case MoveStop(trade_id) if self.running(trade_id) is None:
                return self.not_open(trade_id)
        return self.kept(question, time_ms)

    def running(self, trade_id: str) -> Trade | None:
        """A waiting or open trade as it stands now."""
        return next((trade for trade in self._engine.open_trades() if trade.id == trade_id), None)

    def not_open(self, trade_id: str) -> Post:
        return usage.no_such_trade(number(trade_id), self.open_ids)

    def not_waiting(self, trade_id: str) -> Post:
        if self.running(trade_id) is not None:
            return usage.open_already(trade_id)
        return usage.no_such_waiting(number(trade_id), self.waiting_ids)

    @property
    def open_ids(self) -> list[str]:
        """Trades in the market, oldest first."""
        return [trade.id for trade in self._engine.open_trades() if trade.opened_price is not None]

    @property
    def waiting_ids(self) -> list[str]:
        """Signals that wait for their first price, oldest first."""
        return [trade.id for trade in self._engine.open_trades() if trade.opened_price is None]

    def over_toast(self, question: Question) -> str:
        """For a tap on what has been answered: how it is now, or will be in a moment, or what is asked instead."""
        if question.state is QuestionState.LATE:
            return usage.too_late_toast()
        if question.state is QuestionState.OPEN:
            return readiness.asked_again_toast()
        is_obeyed = question.state is QuestionState.OBEYED
        match question.change:
            case SetRisk(percent):
                return usage.risk_done_toast(percent if is_obeyed else self._engine.risk_percent)
            case SetMode(mode):
                return usage.mode_done_toast(mode if is_obeyed else self._engine.mode)
            case Rearm():
                return usage.rearm_done_toast(is_tripped=self._engine.account.is_tripped and not is_obeyed)
            case CloseTrade(trade_id):
                if question.state is QuestionState.KEPT and not self.is_moot(question):
                    stays = desk_english.STAYS_OPEN.format(number=number(trade_id))
                    return usage_english.ALREADY_DONE.format(what=stays)
                return usage.close_done_toast(trade_id)
            case Withdraw(trade_id):
                if question.state is QuestionState.KEPT and not self.is_moot(question):
                    waits = desk_english.GOES_ON_WAITING.format(number=number(trade_id))
                    return usage_english.ALREADY_DONE.format(what=waits)
                return usage.cancel_done_toast(trade_id)
            case MoveStop(trade_id, stop):
                trade = _trade_of(question) if is_obeyed else self.running(trade_id)
                if trade is None:
                    return usage.close_done_toast(trade_id)
                price = self._voices.of_trade(trade).price(stop if is_obeyed else trade.stop)
                return usage.move_done_toast(trade_id, price)


def _trade_of(question: Question) -> Trade:
    if question.trade is None:
        raise ValueError(f"question {question.id} asks about a trade and names none")
    return question.trade
