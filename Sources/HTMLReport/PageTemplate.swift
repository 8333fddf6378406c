/// The page, as a Mustache template, and its style sheet. Two braces escape; three are for pictures only.
enum PageTemplate {
  static let page = """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Harbinger: when requests come</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <header>
    <h1>When requests come</h1>
    <p>{{subject}}. Made by harbinger {{version}}.</p>
    {{#hasMany}}<nav aria-label="Streams"><ul>{{#streams}}<li><a href="#{{id}}">{{name}}</a></li>{{/streams}}</ul></nav>{{/hasMany}}
    </header>
    <main>
    {{#isEmpty}}<p>There is no stream yet: the first line that is counted begins one.</p>{{/isEmpty}}
    {{#streams}}
    <section id="{{id}}" aria-labelledby="{{id}}h">
    <h2 id="{{id}}h">{{name}}</h2>
    <p class="hint">Times are of {{zone}}.</p>
    {{#stale}}<p class="note"><strong>Stale.</strong> {{.}}</p>{{/stale}}
    {{#young}}<p class="note">{{.}}</p>{{/young}}
    <dl class="tiles">{{#tiles}}<div><dt>{{title}}</dt><dd><strong>{{value}}</strong> <span>{{note}}</span></dd></div>{{/tiles}}</dl>

    <h3>The hours ahead</h3>
    {{#noForecast}}<p>There is no forecast yet; the first is made when the first hour is over.</p>{{/noForecast}}
    {{#ahead}}
    <div class="scroll" role="region" aria-label="The hours ahead" tabindex="0">
    <table class="heat">
    <caption>Probability of a request, in percent, in each of {{count}} hours from {{from}}. {{minute}} {{#threshold}}Outlined and marked ▲: {{.}} or more, where an alert is due.{{/threshold}}</caption>
    <thead><tr><th scope="col">hour</th>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead>
    <tbody>{{#days}}<tr><th scope="row">{{name}}</th>{{#cells}}<td{{#style}} class="{{.}}"{{/style}} style="--p:{{level}}" title="{{title}}">{{text}}</td>{{/cells}}</tr>{{/days}}</tbody>
    </table>
    </div>
    {{/ahead}}
    <ul class="plain">{{#due}}<li>{{.}}</li>{{/due}}</ul>

    {{#carpet}}
    <h3>What came, and what was forecast</h3>
    <figure>
    <div class="scroll" role="region" aria-label="Past days, hour by hour" tabindex="0">{{{.}}}</div>
    <figcaption>Above, the hours of {{days}} days in which a request came; below, how likely it was {{lead}} h before: the stronger the colour, the likelier. Where the two look alike, the habits are known. Colour below and none above was forecast and did not come; the other way round, it came and was not forecast.</figcaption>
    </figure>
    {{/carpet}}

    {{#scored}}
    <h3>How right it was</h3>
    <p>Scored: {{count}} forecasts, {{leads}} ahead, of {{hours}} hours; in {{share}} of them a request came.</p>
    <div class="pair">
    <figure>
    {{{reliability}}}
    <figcaption>Can the percentages be believed? On the dashed line, what was given 70 % came in 70 of 100 hours. Points above it: more came than forecast; below: less. The number beside a point counts its forecasts, the bar is the range that chance explains.</figcaption>
    </figure>
    {{#warned}}
    <figure>
    {{{chart}}}
    <figcaption>What would another threshold do? A lower one usually announces more starts (to the right) and is wrong more often (down). The axes show only where the points lie. A start is a request after {{lead}} idle hours or more. From the last 13 weeks, with nothing withheld.</figcaption>
    </figure>
    {{/warned}}
    {{#waking}}
    <figure>
    {{{chart}}}
    <figcaption>What would a unit cost that sleeps? On the line it is awake in the hours whose probability, an hour ahead, reaches a threshold; at the gray points it is kept alive for so long after each request, or woken by the histogram of idle times. Further down, fewer requests find it asleep; further left, fewer hours are spent on nothing.</figcaption>
    </figure>
    {{/waking}}
    </div>
    {{#skillCurve}}
    <figure>
    <div class="scroll" role="region" aria-label="Skill, week by week" tabindex="0">{{{.}}}</div>
    <figcaption>Is it better than simple rules, and does it stay so? Skill is the share of the base rate's log-loss that is saved: 1 is perfect, 0 is no better than always saying the same. Hour of week is the timetable of the week, hour of day that of the day.</figcaption>
    </figure>
    {{/skillCurve}}
    <div class="scroll" role="region" aria-label="Scores" tabindex="0">
    <table>
    <caption>All of it together. Log-loss and Brier score: the smaller, the better. Skill: against the base rate.</caption>
    <thead><tr><th scope="col">forecaster</th><th scope="col" class="n">log-loss</th><th scope="col" class="n">Brier</th><th scope="col" class="n">skill</th></tr></thead>
    <tbody>{{#rows}}<tr><th scope="row">{{name}}</th><td class="n">{{logLoss}}</td><td class="n">{{brier}}</td><td class="n">{{skill}}</td></tr>{{/rows}}</tbody>
    </table>
    </div>
    <details><summary>The numbers behind the pictures</summary>
    <div class="scroll" role="region" aria-label="Forecast and what came" tabindex="0">
    <table>
    <caption>Forecast and what came</caption>
    <thead><tr><th scope="col">forecast</th><th scope="col" class="n">mean</th><th scope="col" class="n">came</th><th scope="col" class="n">active</th><th scope="col" class="n">of</th></tr></thead>
    <tbody>{{#bins}}<tr><th scope="row">{{range}}</th><td class="n">{{forecast}}</td><td class="n">{{came}}</td><td class="n">{{active}}</td><td class="n">{{count}}</td></tr>{{/bins}}</tbody>
    </table>
    </div>
    {{#warned}}
    <div class="scroll" role="region" aria-label="Thresholds" tabindex="0">
    <table>
    <caption>What each threshold would have announced, and how much of it would have been right</caption>
    <thead><tr><th scope="col">threshold</th><th scope="col" class="n">warnings</th><th scope="col" class="n">right</th><th scope="col" class="n">false</th><th scope="col" class="n">starts</th><th scope="col" class="n">announced</th><th scope="col" class="n">missed</th></tr></thead>
    <tbody>{{#rows}}<tr{{#used}} class="used"{{/used}}><th scope="row">{{threshold}}{{#used}} (in use){{/used}}</th><td class="n">{{alerts}}</td><td class="n">{{right}}</td><td class="n">{{false}}</td><td class="n">{{episodes}}</td><td class="n">{{warned}}</td><td class="n">{{missed}}</td></tr>{{/rows}}</tbody>
    </table>
    </div>
    {{/warned}}
    {{#waking}}
    <div class="scroll" role="region" aria-label="Sleeping units" tabindex="0">
    <table>
    <caption>A unit that sleeps: of {{active}} hours with requests those that found it asleep, and of {{idle}} idle hours those in which it was awake</caption>
    <thead><tr><th scope="col">rule</th><th scope="col" class="n">cold starts</th><th scope="col" class="n">hours wasted</th></tr></thead>
    <tbody>{{#rows}}<tr><th scope="row">{{rule}}</th><td class="n">{{cold}}</td><td class="n">{{wasted}}</td></tr>{{/rows}}</tbody>
    </table>
    </div>
    {{/waking}}
    <div class="scroll" role="region" aria-label="Weeks" tabindex="0">
    <table>
    <caption>Week by week; right and false: alerts that a request was coming</caption>
    <thead><tr><th scope="col">from</th><th scope="col" class="n">active hours</th><th scope="col" class="n">right</th><th scope="col" class="n">false</th><th scope="col" class="n">skill</th><th scope="col" class="n">hour of week</th><th scope="col" class="n">hour of day</th></tr></thead>
    <tbody>{{#weeks}}<tr><th scope="row">{{start}}</th><td class="n">{{active}}</td><td class="n">{{hits}}</td><td class="n">{{false}}</td><td class="n">{{skill}}</td><td class="n">{{hourOfWeek}}</td><td class="n">{{hourOfDay}}</td></tr>{{/weeks}}</tbody>
    </table>
    </div>
    </details>
    {{/scored}}

    {{#trust}}
    <h3>Whom the forecast trusts</h3>
    <figure>
    <div class="scroll" role="region" aria-label="Weights of the forecasters" tabindex="0">{{{chart}}}</div>
    <figcaption>The forecast is a mixture of many forecasters, and this is how much each counts now. Weight goes to those that were right lately: in the first weeks to simple rules such as hour of day, later mostly to a network or to what is stacked on several. Where a simple rule keeps it, the stream is as regular as that rule.</figcaption>
    </figure>
    <details><summary>The weights, and what each forecaster says</summary>
    <div class="scroll" role="region" aria-label="Forecasters" tabindex="0">
    <table>
    <caption>Weight in the mixture, and the probability that each gives to that hour</caption>
    <thead><tr><th scope="col">forecaster</th>{{#columns}}<th scope="col" class="n">weight, {{.}}</th><th scope="col" class="n">says</th>{{/columns}}</tr></thead>
    <tbody>{{#rows}}<tr><th scope="row">{{name}}</th>{{#cells}}<td class="n">{{.}}</td>{{/cells}}</tr>{{/rows}}</tbody>
    </table>
    </div>
    </details>
    {{/trust}}

    {{#hasAlerts}}
    <h3>Alerts</h3>
    {{#timeline}}
    <figure>
    <div class="scroll" role="region" aria-label="Alerts, day by day" tabindex="0">{{{.}}}</div>
    <figcaption>What came of the alerts? Each is at the day and the hour that it is about. Dots: a request came in that hour; rings: in the hour before or after; crosses: none came; orange rings: that is not known yet; triangles upwards: an unexpected request, downwards: an expected one that did not come. Rows of dots are habits that are known; crosses one after another are a habit that has ended.</figcaption>
    </figure>
    {{/timeline}}
    <div class="scroll" role="region" aria-label="Alerts" tabindex="0">
    <table class="alerts">
    <caption>Newest first. {{alertCount}} A hit: a request came in that hour.</caption>
    <thead><tr><th scope="col">about</th><th scope="col">outcome</th><th scope="col">what was said, and why</th></tr></thead>
    <tbody>{{#alerts}}<tr><th scope="row">{{date}}</th><td class="{{style}}">{{outcome}}</td><td>{{message}}{{#suppressed}} <em>({{.}})</em>{{/suppressed}}{{#explanation}}<br><small>{{.}}</small>{{/explanation}}</td></tr>{{/alerts}}</tbody>
    </table>
    </div>
    {{/hasAlerts}}
    </section>
    {{/streams}}
    {{#omitted}}<p>{{.}}</p>{{/omitted}}
    {{#network}}
    <section id="network" aria-labelledby="networkh">
    <h2 id="networkh">How the network learns</h2>
    <p class="hint">One network serves all streams. Trained {{count}}, {{adopted}} adopted. Days are of UTC.</p>
    <figure>
    <div class="scroll" role="region" aria-label="Training runs" tabindex="0">{{{chart}}}</div>
    <figcaption>Does training help? Each line is a run: from the loss of the network in use before, pass by pass over the data, to that of the new one. The loss is of the newest hours, from which the run did not learn; the dashes continue that of the network before, on the same hours. A run that ends more than a hundredth above the dashes is not adopted. Losses of different runs are of different hours: a step up from one run to the next says that the hours became harder to forecast.</figcaption>
    </figure>
    <details><summary>The numbers behind the picture</summary>
    <div class="scroll" role="region" aria-label="Training runs in numbers" tabindex="0">
    <table>
    <caption>Newest first; before and after: held-out log-loss in nats, the smaller, the better</caption>
    <thead><tr><th scope="col">up to</th><th scope="col">learned</th><th scope="col" class="n">rows</th><th scope="col" class="n">passes</th><th scope="col" class="n">before</th><th scope="col" class="n">after</th><th scope="col">outcome</th></tr></thead>
    <tbody>{{#runs}}<tr><th scope="row">{{end}}</th><td>{{kind}}</td><td class="n">{{rows}}</td><td class="n">{{passes}}</td><td class="n">{{before}}</td><td class="n">{{after}}</td><td>{{verdict}}</td></tr>{{/runs}}</tbody>
    </table>
    <table>
    <caption>The last run, pass by pass. The training loss weighs active hours more, so it is not to be compared with the held-out one.</caption>
    <thead><tr><th scope="col">pass</th><th scope="col" class="n">training loss</th><th scope="col" class="n">held-out log-loss</th><th scope="col" class="n">gradient norm</th><th scope="col" class="n">steps clipped</th></tr></thead>
    <tbody>{{#passes}}<tr><th scope="row">{{pass}}</th><td class="n">{{train}}</td><td class="n">{{heldOut}}</td><td class="n">{{gradient}}</td><td class="n">{{clipped}}</td></tr>{{/passes}}</tbody>
    </table>
    </div>
    </details>
    </section>
    {{/network}}
    </main>
    </body>
    </html>

    """

  static let style = """
    :root{--paper:#fdfdfb;--ink:#1c2330;--soft:#5b6472;--line:#d9dce1;--card:#f3f4f1;--heat:#0b6e75;--accent:#c2571a;--good:#19703c;--bad:#b3261e}
    @media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e7eaee;--soft:#a0a9b5;--line:#343c46;--card:#1d232a;--heat:#3fb6bd;--accent:#f09a5b;--good:#6fcf8e;--bad:#ff8a80}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
    h1{font-size:1.7rem;line-height:1.2;margin:0}
    h2{font-size:1.4rem;margin:2.5rem 0 0;padding-top:1rem;border-top:2px solid var(--ink);overflow-wrap:anywhere}
    h3{font-size:1.1rem;margin:2.25rem 0 .5rem}
    a{color:var(--heat)}
    header p,.hint{color:var(--soft);margin:.25rem 0;overflow-wrap:anywhere}
    nav ul{padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;overflow-wrap:anywhere}
    .note{border-left:4px solid var(--accent);background:var(--card);padding:.5rem .75rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.75rem;margin:1rem 0}
    .tiles div{background:var(--card);border-radius:.5rem;padding:.75rem 1rem}
    .tiles dt{color:var(--soft);font-size:.875rem}
    .tiles dd{margin:0}
    .tiles strong{display:block;font-size:1.6rem;line-height:1.25}
    .tiles span{color:var(--soft);font-size:.875rem}
    .plain{list-style:none;padding:0;margin:.5rem 0}
    figure{margin:0 0 1.5rem}
    figcaption,caption{color:var(--soft);font-size:.875rem;text-align:left;max-width:46rem}
    caption{padding:.25rem 0}
    .scroll{overflow-x:auto}
    .scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    .scroll svg{min-width:40rem}
    svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:0 2rem}
    .pair svg{max-width:27rem}
    text{fill:var(--soft)}
    .label{fill:var(--ink)}
    .count{font-size:11px}
    text.strong{fill:var(--accent);font-weight:600}
    .grid,.tick,.zero,.ideal,.interval{stroke:var(--line);fill:none}
    .zero,.tick{stroke:var(--soft)}
    .ideal{stroke:var(--soft);stroke-dasharray:5 4}
    .interval{stroke:var(--heat);stroke-width:2;stroke-opacity:.45}
    .curve{fill:none;stroke:var(--heat);stroke-width:2.5;stroke-linejoin:round}
    .thin{stroke-width:1;stroke-opacity:.6}
    .dot{fill:var(--heat);stroke:var(--paper);stroke-width:1}
    .used{fill:var(--accent)}
    .curve.week{stroke:var(--accent);stroke-width:1.75;stroke-dasharray:7 3}
    .curve.day{stroke:var(--soft);stroke-width:1.75;stroke-dasharray:2 3}
    .dot.week,.name.week{fill:var(--accent)}
    .dot.day,.name.day{fill:var(--soft)}
    .mark{fill:var(--ink);stroke-width:1.75}
    .mark.good{fill:var(--heat);stroke:var(--heat)}.mark.bad{stroke:var(--bad)}.mark.other{fill:var(--accent);stroke:var(--accent)}.mark.open{fill:none}
    .name.harbinger{fill:var(--heat);font-weight:600}
    .known{fill:var(--card)}
    .came{fill:var(--heat)}
    .l1{fill-opacity:.12}.l2{fill-opacity:.22}.l3{fill-opacity:.32}.l4{fill-opacity:.42}.l5{fill-opacity:.52}.l6{fill-opacity:.62}.l7{fill-opacity:.72}.l8{fill-opacity:.82}.l9{fill-opacity:.92}
    table{border-collapse:collapse;font-size:.9rem}
    th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
    th{font-weight:600}
    .n{text-align:right;font-variant-numeric:tabular-nums}
    tr.used th,tr.used td{font-weight:600;background:var(--card)}
    th[scope=row]{white-space:nowrap}
    .alerts th,.alerts td:nth-child(2){white-space:nowrap}
    .alerts td:nth-child(3){min-width:18rem}
    small{color:var(--soft)}
    .good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
    .heat{width:100%;min-width:44rem;font-variant-numeric:tabular-nums}
    .heat th,.heat td{padding:.3rem .1rem;text-align:center;border:2px solid var(--paper);font-weight:400}
    .heat tbody th{text-align:left;white-space:nowrap;padding-right:.5rem}
    .heat caption{max-width:min(46rem,calc(100vw - 2rem))}
    .heat thead th{color:var(--soft)}
    .heat td{background:color-mix(in srgb,var(--heat) calc(var(--p)*1%),var(--card));print-color-adjust:exact;-webkit-print-color-adjust:exact}
    .heat td.blank{background:none}
    .heat td.strong{color:var(--paper)}
    @media (prefers-color-scheme:dark){.heat td.medium{color:var(--paper)}}
    .heat td.due{outline:2px solid var(--accent);outline-offset:-3px;font-weight:700}
    .heat td.due::before{content:"▲";display:block;font-size:.55rem;line-height:1}
    @media (max-width:40rem){.heat{min-width:0;font-size:.62rem}.heat caption{font-size:.875rem}.heat th,.heat td{padding:.3rem 0;border-width:1px}.heat tbody th{white-space:normal;padding-right:.2rem}.heat td.due::before{font-size:.4rem}}
    summary{cursor:pointer;margin:1rem 0 .5rem}
    @media print{body{max-width:none;padding:0;font-size:10pt}body,:root{background:none}h3{break-after:avoid}figure,.tiles,tr{break-inside:avoid}.pair{display:block}.pair svg{max-width:11cm}.scroll{overflow:visible}.scroll svg,.heat{min-width:0}svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """
}
