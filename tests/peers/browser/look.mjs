// Opens documents in a browser and tells, as JSON, what is seen of each: `node look.mjs FILE…`.
//
// Each is looked at as a wide screen, a telephone in the dark and a page of paper show it. Whoever
// asks judges; here nothing is.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const VIEWS = [
  { name: "wide", width: 1200, scheme: "light" },
  { name: "telephone", width: 400, scheme: "dark" },
  // What A4 leaves between margins of 15 mm.
  { name: "paper", width: 680 },
];

const unpacked = join(import.meta.dirname, "unpacked");
const profile = await mkdtemp(join(tmpdir(), "ticketlens-browser-"));
const browser = await puppeteer.launch({
  executablePath: join(unpacked, "chromium"),
  headless: "shell",
  userDataDir: profile,
  env: {
    ...process.env,
    LD_LIBRARY_PATH: join(unpacked, "al2023", "lib"),
    FONTCONFIG_FILE: join(import.meta.dirname, "fonts.conf"),
    XDG_CACHE_HOME: profile,
  },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const seen = [];
  for (const file of process.argv.slice(2)) {
    for (const view of VIEWS) seen.push(await look(file, view));
  }
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

async function look(file, view) {
  const address = pathToFileURL(file).href;
  const page = await browser.newPage();
  const complaints = [];
  const requests = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (request.url() !== address) requests.push(request.url());
  });
  await page.setViewport({ width: view.width, height: 900 });
  // Either forgets the other.
  if (view.scheme) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme }]);
  } else {
    await page.emulateMediaType("print");
  }
  await page.goto(address);
  const seen = await page.evaluate(measure);
  const pages = view.name === "paper" ? count(await page.pdf({ preferCSSPageSize: true })) : null;
  await page.close();
  return { file, view: view.name, complaints, requests, pages, ...seen };
}

// Of a document of PDF, the pages.
function count(pdf) {
  return (Buffer.from(pdf).toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
}

// Runs in the page.
function measure() {
  const root = document.documentElement;
  const shown = (element) => element.checkVisibility({ contentVisibilityAuto: true });
  const box = (element) => element.getBoundingClientRect();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const label = (svg) =>
    svg.getAttribute("aria-labelledby").split(" ").map((id) => document.getElementById(id).textContent);
  return {
    title: document.title,
    scroll_width: root.scrollWidth,
    client_width: root.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
    // Text that is cut off, or stands over the edge of the page.
    overflowing: all("body *")
      .filter((element) => !element.closest("svg, thead, details caption") && shown(element))
      .filter((element) => box(element).right > root.clientWidth + 1 || box(element).left < -1)
      .map((element) => `${element.tagName} ${element.textContent.slice(0, 60)}`),
    charts: all("svg").map((svg) => ({
      width: box(svg).width,
      height: box(svg).height,
      role: svg.getAttribute("role"),
      label: label(svg).join(": "),
      bars: svg.querySelectorAll("rect").length,
    })),
    figures: all(".figure").map((figure) => ({
      text: figure.innerText,
      is_seen: [...figure.querySelectorAll("dt, dd")].every(
        (part) => shown(part) && box(part).height > 8 && part.scrollWidth <= part.clientWidth + 1,
      ),
    })),
    columns_without_scope: all("th:not([scope])").length,
    executed: all("script, img, iframe, link, [onerror], [onmouseover]").length,
  };
}
