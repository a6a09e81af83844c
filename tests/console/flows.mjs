// Clicks through the page in a real browser: node flows.mjs URL ACCOUNT SCREENSHOTS FLOW. Exits with 1 and what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(process.env.PLAYWRIGHT_FROM + "/");
const { chromium } = require("playwright-core");
const [url, account, screenshots, flow] = process.argv.slice(2);

const flows = {
  async a_change_is_seen_to_reach_its_handler(page) {
    await page.goto(`${url}/_millrace/`);
    await page.getByLabel("account").fill(account);
    await page.getByLabel("account").press("Enter");
    await page.locator("svg.pipeline .node.table", { hasText: "Orders" }).waitFor();
    await page.locator("svg.pipeline .node.function", { hasText: "notify" }).waitFor();
    await page.screenshot({ path: `${screenshots}/pipeline.png`, fullPage: true });
    await page.locator("svg.pipeline .node.table", { hasText: "Orders" }).click();
    await page.getByRole("button", { name: "new item" }).click();
    await page.getByLabel("the item").fill('{"Id": {"S": "seven"}, "Size": {"S": "large"}}');
    await page.getByRole("button", { name: "put", exact: true }).click();
    await page.locator("td code", { hasText: "seven" }).first().waitFor();
    await page.locator(".verdict", { hasText: "delivered" }).first().waitFor();
    await page.screenshot({ path: `${screenshots}/table.png`, fullPage: true });
  },

  async a_filtered_record_says_why(page) {
    await page.goto(`${url}/_millrace/#/tables/Orders`);
    await page.getByRole("button", { name: "new item" }).click();
    await page.getByLabel("the item").fill('{"Id": {"S": "eight"}, "Size": {"S": "small"}}');
    await page.getByRole("button", { name: "put", exact: true }).click();
    const row = page.locator("tr", { has: page.locator(".verdict", { hasText: "filtered out" }) }).first();
    await row.waitFor();
    assert.match(await row.innerText(), /Size/);
  },

  async a_function_is_invoked_and_its_lines_are_shown(page) {
    await page.goto(`${url}/_millrace/#/functions/notify`);
    await page.getByLabel("the event").fill('{"Records": []}');
    await page.getByRole("button", { name: "invoke" }).click();
    await page.locator("pre.answer", { hasText: "done" }).waitFor();
    await page.locator("pre.log", { hasText: "handler was called" }).waitFor();
    await page.getByLabel("the event").fill('{"fail": true}');
    await page.getByRole("button", { name: "invoke" }).click();
    await page.locator(".problem", { hasText: "Unhandled" }).waitFor();
    await page.screenshot({ path: `${screenshots}/function.png`, fullPage: true });
  },

  async the_clock_moves(page) {
    await page.goto(`${url}/_millrace/`);
    await page.getByRole("button", { name: "freeze" }).click();
    const clock = page.locator(".clock time.frozen");
    await clock.waitFor();
    const before = await clock.innerText();
    await page.getByRole("button", { name: "+1 h" }).click();
    const hourLater = new Date(Date.parse(before.replace(" ", "T") + "Z") + 3_600_000).toISOString().slice(0, 16).replace("T", " ");
    await page.locator(".clock time", { hasText: hourLater }).waitFor();
    await page.getByRole("button", { name: "resume" }).click();
    await page.getByRole("button", { name: "freeze" }).waitFor();
  },

  async what_is_stored_is_never_html(page) {
    await page.goto(`${url}/_millrace/#/tables/Orders`);
    await page.locator("td code", { hasText: "<img src=x" }).first().waitFor();
    assert.equal(await page.locator("td img").count(), 0);
    assert.equal(await page.evaluate(() => window.wasRun), undefined);
  },

  async it_fits_a_phone_and_the_dark(page) {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: "dark" });
    for (const path of ["", "tables", "tables/Orders", "functions", "functions/notify", "logs", "queues", "topics", "buckets", "identity"]) {
      await page.goto(`${url}/_millrace/#/${path}`);
      await page.locator(".panel").first().waitFor();
      await page.waitForTimeout(150);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 400, `#/${path} is ${wide} wide`);
      assert.equal(await page.locator(".problem").count(), 0, `#/${path}: ${await page.locator(".problem").allInnerTexts()}`);
    }
    await page.screenshot({ path: `${screenshots}/phone.png` });
  },
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  await page.addInitScript((id) => localStorage.setItem("millrace.account", id), account);
  try {
    await flows[flow](page);
  } catch (error) {
    await page.screenshot({ path: `${screenshots}/failed-${flow}.png`, fullPage: true });
    throw error;
  }
  assert.deepEqual(wrong, []);
} finally {
  await browser.close();
}
