// Clicks through the page in a real browser: node flows.mjs URL ACCOUNT SCREENSHOTS FLOW. Exits with 1 and what went wrong.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(process.env.PLAYWRIGHT_FROM + "/");
const { chromium } = require("playwright-core");
const [url, account, screenshots, flow] = process.argv.slice(2);

/** What another program writes to Orders: without the page. */
function putFromElsewhere(item) {
  const scope = `${account}/20260101/us-east-1/dynamodb/aws4_request`;
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "x-amz-target": "DynamoDB_20120810.PutItem",
      "content-type": "application/x-amz-json-1.0",
    },
    body: JSON.stringify({ TableName: "Orders", Item: item }),
  });
}

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

  async the_first_page_is_enough(page) {
    // The address as serve prints it; somebody else writes. One change is seen to travel, the other one says why it didn't.
    await page.goto(`${url}/_millrace/`);
    await page.locator("svg.pipeline .node.table", { hasText: "Orders" }).waitFor();
    await page.waitForTimeout(2500);
    await putFromElsewhere({ Id: { S: "travels" }, Size: { S: "large" } });
    await page.locator("svg.pipeline .edge .moving").first().waitFor({ state: "attached" });
    const row = (key) => page.locator("tr", { has: page.locator("code", { hasText: key }) }).first();
    await row("travels").locator(".verdict", { hasText: "delivered" }).waitFor();
    await putFromElsewhere({ Id: { S: "stays" }, Size: { S: "small" } });
    await row("stays").locator(".verdict", { hasText: "filtered out" }).waitFor();
    assert.match(await row("stays").innerText(), /dynamodb\.NewImage\.Size\.S is "small"/);
    await page.screenshot({ path: `${screenshots}/home.png`, fullPage: true });
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

  async a_request_is_told_as_a_timeline(page) {
    await page.goto(`${url}/_millrace/#/tables/Orders`);
    await page.getByRole("button", { name: "new item" }).click();
    await page.getByLabel("the item").fill('{"Id": {"S": "nine"}, "Size": {"S": "large"}}');
    await page.getByRole("button", { name: "put", exact: true }).click();
    const row = page.locator("tr", { has: page.locator("td code", { hasText: "nine" }) }).first();
    await row.getByRole("link", { name: "trace" }).click();
    for (const kind of ["request", "record", "batch", "attempt"]) await page.locator(".step .kind", { hasText: kind }).first().waitFor();
    await page.locator(".step", { hasText: "notify returned" }).locator("summary").click();
    await page.locator(".step pre.log", { hasText: "the handler was called" }).waitFor();
    const bars = await page.locator(".step .bar span").evaluateAll((all) => all.map((bar) => parseFloat(bar.style.left)));
    assert.ok(bars.length >= 4 && bars.every((left) => left >= 0 && left < 100), String(bars));
    await page.screenshot({ path: `${screenshots}/trace.png`, fullPage: true });
    // By hand, for what was filtered out: the field stands there without a click.
    await page.getByLabel("of what").fill("Orders");
    await page.getByLabel("item's key").fill("eleven");
    await page.goto(`${url}/_millrace/#/tables/Orders`);
    await page.getByRole("button", { name: "new item" }).click();
    await page.getByLabel("the item").fill('{"Id": {"S": "eleven"}, "Size": {"S": "small"}}');
    await page.getByRole("button", { name: "put", exact: true }).click();
    await page.goto(`${url}/_millrace/#/trace`);
    await page.getByLabel("of what").fill("Orders");
    await page.getByLabel("item's key").fill("eleven");
    await page.getByRole("button", { name: "trace" }).click();
    await page.locator(".step pre", { hasText: 'dynamodb.NewImage.Size.S is "small"' }).waitFor();
  },

  async it_is_told_when_something_happens(page) {
    // Another program writes: the page shows it without a question of its own on the way.
    await page.goto(`${url}/_millrace/#/tables/Orders`);
    await page.locator("td code", { hasText: "<img src=x" }).first().waitFor();
    await page.waitForTimeout(1000);
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.waitForTimeout(3000);
    assert.ok(asked.length < 12, `an idle page asked ${asked.length} times in 3 s: ${asked.slice(0, 20)}`);
    await putFromElsewhere({ Id: { S: "from elsewhere" }, Size: { S: "small" } });
    await page.locator("td code", { hasText: "from elsewhere" }).first().waitFor({ timeout: 5000 });
  },

  async alarms_show_their_metric(page) {
    await page.goto(`${url}/_millrace/#/alarms`);
    await page.getByRole("link", { name: "many-orders" }).click();
    await page.getByRole("button", { name: "set to ALARM" }).click();
    await page.locator(".state.ALARM").first().waitFor();
    await page.locator(".plot canvas").waitFor();
    await page.locator("td", { hasText: "StateUpdate" }).first().waitFor();
    await page.screenshot({ path: `${screenshots}/alarm.png`, fullPage: true });
  },

  async rules_and_their_patterns(page) {
    await page.goto(`${url}/_millrace/#/rules`);
    await page.locator("tr", { hasText: "big-orders" }).getByRole("button", { name: "try its pattern" }).click();
    await page.getByLabel("the event").fill(JSON.stringify({
      id: "1", "detail-type": "x", source: "shop", account: "123456789012", time: "2026-01-01T00:00:00Z", region: "us-east-1",
      resources: [], detail: { total: 250 },
    }));
    await page.getByRole("button", { name: "test", exact: true }).click();
    await page.locator(".fine", { hasText: "matches" }).waitFor();
    await page.getByLabel("the pattern").fill('{"source": ["other"]}');
    await page.getByRole("button", { name: "test", exact: true }).click();
    await page.locator(".problem", { hasText: "does not match" }).waitFor();
    await page.locator("tr", { hasText: "big-orders" }).getByRole("button", { name: "disable" }).click();
    await page.locator("tr", { hasText: "big-orders" }).locator("td", { hasText: "DISABLED" }).waitFor();
    await page.screenshot({ path: `${screenshots}/rules.png`, fullPage: true });
  },

  async what_is_secret_is_hidden_until_asked(page) {
    await page.goto(`${url}/_millrace/#/secrets`);
    const row = page.locator("tr", { hasText: "shop/key" });
    await row.waitFor();
    assert.ok(!(await page.content()).includes("open-sesame"));
    await row.getByRole("button", { name: "show" }).click();
    await row.locator("code", { hasText: "open-sesame" }).waitFor();
    await row.getByRole("button", { name: "hide" }).click();
    await row.getByRole("button", { name: "show" }).waitFor();
    await page.goto(`${url}/_millrace/#/parameters`);
    await page.locator("tr", { hasText: "/shop/limit" }).getByRole("button", { name: "show" }).click();
    await page.locator("td code", { hasText: "250" }).waitFor();
  },

  async logs_are_searched(page) {
    await page.goto(`${url}/_millrace/#/functions/notify`);
    await page.getByLabel("the event").fill('{"Records": []}');
    await page.getByRole("button", { name: "invoke" }).click();
    await page.locator("pre.answer", { hasText: "done" }).waitFor();
    await page.goto(`${url}/_millrace/#/logs/${encodeURIComponent("/aws/lambda/notify")}`);
    await page.locator("pre.log div", { hasText: "the handler was called" }).first().waitFor();
    await page.getByPlaceholder("filter pattern").fill("REPORT");
    await page.getByRole("button", { name: "filter" }).click();
    await page.locator("pre.log div", { hasText: "handler was called" }).first().waitFor({ state: "detached" });
    await page.locator("pre.log div", { hasText: "REPORT RequestId" }).first().waitFor();
    await page.getByLabel("the query").fill("filter @message like /handler was called/ | stats count(*) as times");
    await page.getByRole("button", { name: "run" }).click();
    await page.locator("th", { hasText: "times" }).waitFor();
    await page.screenshot({ path: `${screenshots}/logs.png`, fullPage: true });
  },

  async access_is_explained_and_the_statement_copied(page) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
    await page.goto(`${url}/_millrace/#/identity`);
    await page.getByLabel("the principal").selectOption({ label: "reader" });
    await page.getByLabel("the action").fill("dynamodb:DeleteItem");
    await page.getByRole("button", { name: "explain" }).click();
    await page.locator(".problem", { hasText: "no statement allows it" }).waitFor();
    await page.getByRole("button", { name: "copy the missing statement" }).last().click();
    await page.getByRole("button", { name: "copied" }).waitFor();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual(copied, { Effect: "Allow", Action: "dynamodb:DeleteItem", Resource: "*" });
    await page.getByLabel("the action").fill("dynamodb:GetItem");
    await page.getByRole("button", { name: "explain" }).click();
    await page.locator(".fine", { hasText: "allowed, by a statement of" }).waitFor();
    await page.screenshot({ path: `${screenshots}/access.png`, fullPage: true });
  },

  async an_api_is_asked(page) {
    await page.goto(`${url}/_millrace/#/apis`);
    await page.getByRole("button", { name: "ask $default" }).click();
    await page.getByLabel("the path").waitFor();
    await page.getByLabel("the path").fill((await page.getByLabel("the path").inputValue()) + "hello");
    await page.getByRole("button", { name: "GET" }).click();
    await page.locator("pre.answer", { hasText: "done" }).waitFor();
  },

  async faults_and_snapshots(page) {
    await page.goto(`${url}/_millrace/#/faults`);
    await page.getByLabel("the rule").fill('{"kind": "error", "service": "sqs", "operation": "CreateQueue", "error": "RequestThrottled", "times": 1}');
    await page.getByRole("button", { name: "add", exact: true }).click();
    await page.locator("td code", { hasText: "CreateQueue" }).waitFor();
    await page.getByRole("button", { name: "remove", exact: true }).click();
    await page.locator(".none", { hasText: "Nothing goes wrong on purpose" }).waitFor();
    await page.goto(`${url}/_millrace/#/snapshots`);
    await page.getByLabel("the snapshot's name").fill("before");
    await page.getByRole("button", { name: "save this account" }).click();
    const row = page.locator("tr", { has: page.locator("td", { hasText: /^before$/ }) });
    await row.waitFor();
    await page.screenshot({ path: `${screenshots}/snapshots.png`, fullPage: true });
    await row.getByRole("button", { name: "delete" }).click();
    await page.locator(".none", { hasText: "None was saved" }).waitFor();
  },

  async it_works_by_keyboard(page) {
    await page.goto(`${url}/_millrace/#/tables`);
    await page.getByRole("link", { name: "Orders" }).waitFor();
    for (let presses = 0; presses < 60; ++presses) {
      await page.keyboard.press("Tab");
      const on = await page.evaluate(() => [document.activeElement.tagName, document.activeElement.textContent]);
      if (on[0] === "A" && on[1] === "Orders") break;
    }
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none");
    await page.keyboard.press("Enter");
    await page.locator("h2", { hasText: "Items" }).waitFor();
  },

  async it_fits_a_phone_and_the_dark(page) {
    await page.setViewportSize({ width: 400, height: 800 });
    await page.emulateMedia({ colorScheme: "dark" });
    for (const path of ["", "tables", "tables/Orders", "functions", "functions/notify", "logs", "queues", "topics", "buckets", "apis", "rules", "alarms",
      "alarms/many-orders", "parameters", "secrets", "identity", "trace", "trace/Orders", "faults", "snapshots"]) {
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
