"""The page in a browser, as a reader meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

SHOTS = Path(__file__).parent.parent / ".screenshots"
WITHIN = 30  # seconds for anything to appear; a machine that is busy may need them


class Page:
    """The page in the browser, as a reader meets it: elements are waited for, never slept for."""

    def __init__(self, driver: webdriver.Chrome, at: str) -> None:
        self.driver, self.at = driver, at

    def open(self, address: str = "#/") -> None:
        """Go there anew, as if it were typed into an empty window."""
        self.driver.get("about:blank")
        self.driver.get(f"{self.at}/{address}")

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """What `condition` gives as soon as it is true; elements that were replaced meanwhile are looked for again."""
        from selenium.common.exceptions import StaleElementReferenceException

        def met(_: object) -> Any:
            try:
                return condition()
            except (StaleElementReferenceException, IndexError):
                return False

        return WebDriverWait(self.driver, WITHIN, 0.05).until(met, what)

    def all(self, selector: str) -> list[WebElement]:
        """Every element now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The first element, once it is shown."""
        return self.wait(lambda: next((one for one in self.all(selector) if one.is_displayed()), None), selector)

    def text(self, selector: str) -> str:
        """What the first element says."""
        return self.one(selector).text

    def script(self, code: str, *arguments: object) -> Any:
        """What JavaScript gives."""
        return self.driver.execute_script(code, *arguments)

    def ask(self, question: str) -> WebElement:
        """The reply to a question that was typed, once it is whole."""
        turns = len(self.all(".turn"))
        self.one("#question").send_keys(question, Keys.ENTER)
        self.wait(lambda: len(self.all(".turn")) == turns + 1, "a new turn")
        return self.reply()

    def reply(self) -> WebElement:
        """The last reply, once it is whole."""
        return self.wait(
            lambda: (last := self.all(".turn .reply")[-1]).find_elements(By.CSS_SELECTOR, ".outcome") and last, "a whole reply"
        )

    def within(self, element: WebElement, selector: str) -> list[WebElement]:
        """The elements inside another."""
        return element.find_elements(By.CSS_SELECTOR, selector)

    def shot(self, name: str) -> None:
        """Keep what the reader sees."""
        SHOTS.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(SHOTS / f"{name}.png"))

    def size(self, width: int, height: int) -> None:
        """The size of the window's inside."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
        )
