/* SPDX-License-Identifier: MIT */
/* The trace page's summaries: facts, tables, and the diagram of the rings. */

function facts() {
	const visits = DATA.costs.reduce((sum, one) => sum + one[2], 0);
	const agree = DATA.counts.every(([, , count, counted]) => count === counted) && !DATA.lost;
	const list = [
		[duration(DATA.length), "on the clock"], [grouped(DATA.records), "records"],
		[grouped(DATA.lost), "lost", DATA.lost ? "bad" : ""],
		[grouped(visits), "visits to the monitor"],
		[grouped(DATA.arrows.length), "events and grants delivered"],
		DATA.lost ? ["?", "the monitor counted what was lost, too"] :
		[agree ? "yes" : "no", "the monitor's own counters agree", agree ? "" : "bad"]];
	for (const [number, what, mood] of list) {
		const div = element("div", undefined, {class: mood || ""});
		div.append(element("b", number), what);
		byId("facts").append(div);
	}
	byId("facts").dataset.agree = agree;
	byId("facts").dataset.records = DATA.records;
	byId("title").textContent = DATA.title;
}

function costs() {
	const table = byId("costs");
	heads(table, [["visit"], ["times", 1], ["median", 1], ["mean", 1], ["most", 1], ["together", 1],
		["share"]]);
	const all = DATA.costs.reduce((sum, one) => sum + one[3], 0) || 1;
	for (const [event, name, count, total, mean, median, most] of DATA.costs) {
		const kind = event.split("/")[0], share = element("span", "", {class: "share",
			style: `width:${Math.max(1, 90 * total / all)}px;background:${KIND_COLORS[kind]}`});
		row(table, [kindCell(kind, name), cell(grouped(count), 1), cell(grouped(median), 1),
			cell(grouped(mean), 1), cell(grouped(most), 1), cell(grouped(total), 1), cell(share)]);
	}
}

function slowest() {
	const table = byId("slowest");
	heads(table, [["visit"], ["who"], ["at", 1], ["cycles", 1]]);
	for (const number of DATA.slowest) {
		const slice = DATA.slices[number], name = kindCell(text(slice[6]), text(slice[2]));
		const marks = (marksOf.get(number) || []).slice(0, 2).map(([, what]) => text(what));
		if (marks.length) name.append(element("div", marks.join("; "), {class: "what"}));
		row(table, [name, cell(DATA.lanes[slice[0]][0]), cell(duration(slice[3]), 1),
			cell(grouped(slice[4] - slice[5]), 1)], {class: "jump"})
			.onclick = () => { goTo(number); scrollTo({top: 0, behavior: "smooth"}); };
	}
}

function counts() {
	const table = byId("counts");
	heads(table, [["kind"], ["what"], ["records", 1], ["monitor", 1], [""]]);
	for (const [event, name, count, counted] of DATA.counts) {
		const kind = event.split("/")[0], same = count === counted;
		row(table, [kindCell(kind, kind), cell(name), cell(grouped(count), 1, {"data-event": event,
			"data-count": count}), cell(grouped(counted), 1),
			cell(same ? "\u2713" : DATA.lost ? "" : "differs", 0, {class: same ? "yes" : "no"})]);
	}
}

/* ---- the diagram ---- */

const SVG = "http://www.w3.org/2000/svg";
function draft(parent, tag, attributes, content) {
	const made = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
	if (content !== undefined) made.textContent = content;
	parent.append(made);
	return made;
}

function ringBox(svg, y, title, more, fill) {
	draft(svg, "rect", {x: 130, y, width: 330, height: 56, rx: 8, fill, stroke: "#aab6c2"});
	draft(svg, "text", {x: 295, y: y + 25, "text-anchor": "middle", "font-weight": 650}, title);
	draft(svg, "text", {x: 295, y: y + 43, "text-anchor": "middle", class: "soft"}, more);
}

/* An arrow as thick as the count is large; its number beside it. */
function ringArrow(svg, x0, y0, y1, count, side, shade) {
	if (!count) return;
	const thick = 1.5 + 1.6 * Math.log10(count), tipY = y0 < y1 ? y1 - 9 : y1 + 9;
	draft(svg, "line", {x1: x0, y1: y0, x2: x0, y2: tipY, stroke: shade, "stroke-width": thick});
	const back = y0 < y1 ? y1 - 11 : y1 + 11, half = 4 + thick / 2;
	draft(svg, "path", {d: `M${x0} ${y1} L${x0 - half} ${back} L${x0 + half} ${back} Z`,
		fill: shade});
	draft(svg, "text", {x: x0 + (side < 0 ? -10 : 10), y: (y0 + y1) / 2 + 4,
		"text-anchor": side < 0 ? "end" : "start"}, grouped(count));
}

function rings() {
	const sum = (start, end) => DATA.crossings.filter(one => one[1] === start && one[2] === end)
		.reduce((total, one) => total + one[3], 0);
	const svg = draft(byId("rings"), "svg", {viewBox: "0 0 600 330", width: "100%"});
	const narrow = DATA.width === 32;
	ringBox(svg, 8, "guest users, ring 3", "processes", color("user"));
	ringBox(svg, 118, narrow ? "guest kernels, ring 1" : "guest kernels, ring 3",
		narrow ? "segments end below the monitor" : "page tables of their own", color("kernel"));
	ringBox(svg, 262, "Ringlet, ring 0", "traps, paging, events, scheduling", "#d5e2f3");
	ringArrow(svg, 235, 176, 260, sum("kernel", "monitor"), -1, color("hypercall"));
	ringArrow(svg, 355, 260, 176, sum("monitor", "kernel"), 1, "#5c9a74");
	ringArrow(svg, 92, 40, 282, sum("user", "monitor"), -1, color("trap"));
	ringArrow(svg, 498, 282, 44, sum("monitor", "user"), 1, "#5c9a74");
	for (const [x1, x2, y] of [[92, 130, 40], [92, 130, 282], [460, 498, 282], [460, 498, 40]])
		draft(svg, "line", {x1, x2, y1: y, y2: y, stroke: "#8b98a5", "stroke-width": 1.5});
	draft(svg, "line", {x1: 295, y1: 66, x2: 295, y2: 116, stroke: "#8b98a5",
		"stroke-dasharray": "4 4"});
	draft(svg, "text", {x: 303, y: 95, class: "soft"}, narrow ?
		"int 0x80 goes straight, unseen" : "always by way of the monitor");
	ringTable();
}

function ringTable() {
	const table = element("table");
	heads(table, [["domain"], ["kernel in", 1], ["kernel out", 1], ["user in", 1], ["user out", 1]]);
	for (const [domain, name] of Object.entries(DATA.domains)) {
		const of = (start, end) => DATA.crossings.filter(one => one[0] === Number(domain) &&
			one[1] === start && one[2] === end).reduce((total, one) => total + one[3], 0);
		row(table, [cell("d" + domain + " " + name), cell(grouped(of("kernel", "monitor")), 1),
			cell(grouped(of("monitor", "kernel")), 1), cell(grouped(of("user", "monitor")), 1),
			cell(grouped(of("monitor", "user")), 1)]);
	}
	byId("rings").append(table);
}

facts();
costs();
slowest();
counts();
rings();
showHash();
