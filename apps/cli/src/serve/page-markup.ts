import { embeddingMethods, gameMethods, type SettingName } from "@attr/core/catalogue";
import { choiceAnswers } from "../explain-choice.ts";
import { units } from "../shared-options.ts";

/** The page at `/`. What it shows of models and results comes from the API. */
export function pageMarkup({ importMap, script }: { readonly importMap: string; readonly script: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>attr: why the model said that</title>
<link rel="stylesheet" href="/page.css">
<script type="importmap">${importMap}</script>
<script type="module" src="${script}"></script>
</head>
<body>
<header>
<p class="brand">attr</p>
<p>The models run on this machine; nothing is sent anywhere else.</p>
</header>
<main>
<h1>Why did the model say that?</h1>
<noscript><p>This page asks the server by a script, and needs JavaScript for it.</p></noscript>
<form id="token-form" hidden>
<p>This page needs the token that <code>attr serve</code> printed. Open the address it printed, or paste the token here.</p>
<label for="token">Token</label>
<input id="token" name="token" autocomplete="off" spellcheck="false" required>
<button>Use this token</button>
</form>
<form id="question" class="question">
<fieldset class="kinds">
<legend>What is explained</legend>
<label><input type="radio" name="kind" value="llm" checked> A language model’s answer</label>
<label><input type="radio" name="kind" value="choice"> A choice between options</label>
</fieldset>
<div class="field wide">
<label for="prompt">Prompt</label>
<textarea id="prompt" name="prompt" rows="3" required>Tom has a red ball. Sue has a blue kite. Question: Who has the kite? Answer:</textarea>
</div>
<div class="field" data-kind="llm">
<label for="target">Answer to explain</label>
<input id="target" name="target" aria-describedby="target-hint" autocomplete="off">
<p class="hint" id="target-hint">With its leading space. Empty: what the model generates.</p>
</div>
<div class="field" data-kind="choice" hidden>
<label for="options">Options</label>
<textarea id="options" name="options" rows="3" aria-describedby="options-hint">Tom
Sue</textarea>
<p class="hint" id="options-hint">One a line, two at least.</p>
</div>
<div class="field">
<label for="model">Model</label>
<select id="model" name="model"></select>
</div>
<div class="field">
<label for="method">Method</label>
<select id="method" name="method">
${[
  ...gameMethods.map(({ name, settings }) => choice(name, sampled(settings))),
  ...embeddingMethods.map(({ name, settings }) => choice(name, ['data-kind="llm"', "data-tokens", ...sampled(settings)])),
].join("\n")}
</select>
</div>
<div class="field" id="by-field">
<label for="by">What is taken away at a time</label>
<select id="by" name="by">
${units.map((name) => choice(name)).join("\n")}
</select>
</div>
<div class="field" id="samples-field">
<label for="samples">Samples</label>
<input id="samples" name="samples" type="number" min="1" max="100000" step="1" inputmode="numeric" placeholder="the method’s own">
</div>
<div class="field" id="answers-field" hidden>
<label for="answers">How a language model answers</label>
<select id="answers" name="answers">
${choiceAnswers.map((name) => choice(name)).join("\n")}
</select>
</div>
<p class="actions">
<button id="explain">Explain</button>
<button id="cancel" type="button" hidden>Cancel</button>
<progress id="progress" max="1" value="0" aria-label="How far the work has come" hidden></progress>
<span id="status" role="status"></span>
</p>
<p id="problem" role="alert"></p>
</form>
<section id="found" aria-labelledby="found-title" hidden>
<h2 id="found-title" tabindex="-1"></h2>
<div id="views" class="views"></div>
<attr-result id="picture" theme="auto" plain></attr-result>
<p class="links">This result as <a id="as-html">a page</a>, <a id="as-svg">a picture</a>, <a id="as-json">data</a>, <a id="as-text">text</a>.</p>
</section>
<section aria-labelledby="before-title" id="before" hidden>
<h2 id="before-title">Results so far</h2>
<ol id="results" reversed></ol>
</section>
<section aria-labelledby="models-title">
<h2 id="models-title">Models</h2>
<ul id="models"></ul>
<p>The same by program: <a href="/api">what can be asked for</a>.</p>
</section>
</main>
</body>
</html>
`;
}

function sampled(settings: readonly SettingName[]): readonly string[] {
  return settings.includes("samples") ? ["data-samples"] : [];
}

/** An option of a list; the marks say what goes with it. */
function choice(name: string, marks: readonly string[] = []): string {
  return `<option ${[`value="${name}"`, ...marks].join(" ")}>${name.replaceAll("-", " ")}</option>`;
}
