"""How a feed moves: a permanent redirect is believed after some in a row to the same target, others never. Pure."""

from services.core.models import FeedState
from services.crawler.options import CrawlerOptions


def moved(state: FeedState, permanent: str, options: CrawlerOptions) -> FeedState:
    """The state after a poll whose permanent redirects led to `permanent` (the feed's own URL where none did).

    A move takes effect after `redirects_to_move` polls in a row with the same target. Validators are kept per URL, so
    those of the target stay good.
    """
    if permanent == state.url:
        return state.model_copy(update={"redirect_to": None, "redirect_count": 0})
    count = state.redirect_count + 1 if permanent == state.redirect_to else 1
    if count >= options.redirects_to_move:
        return state.model_copy(update={"url": permanent, "redirect_to": None, "redirect_count": 0})
    return state.model_copy(update={"redirect_to": permanent, "redirect_count": count})
