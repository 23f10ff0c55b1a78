/* SPDX-License-Identifier: MIT */
/* The script of the trace page: one timeline on a canvas, four summaries. DATA is
 * page_data() of trace_html.py: times in cycles from the first record. */

const style = getComputedStyle(document.documentElement);
const color = name => style.getPropertyValue("--" + name).trim();
const KIND_COLORS = {};
for (const kind of ["trap", "hypercall", "irq", "syscall"])
	KIND_COLORS[kind] = color(kind);
const LANE = 46, TOP = 26, LEFT = 132;
const [GUEST, VISIT, OFF, IDLE, RUN] = DATA.categories.keys();
const byId = id => document.getElementById(id);
const text = number => DATA.strings[number];

/* ---- numbers ---- */

const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");

function duration(cycles) {
	const ns = cycles * 1e6 / DATA.khz;
	if (ns >= 1e9) return (ns / 1e9).toFixed(3) + " s";
	if (ns >= 1e6) return (ns / 1e6).toFixed(3) + " ms";
	if (ns >= 1e3) return (ns / 1e3).toFixed(2) + " \u00b5s";
	return ns.toFixed(0) + " ns";
}

/* A time on the scale: as many digits as tell it from the next, a step further. */
function tickLabel(cycles, step) {
	const ns = cycles * 1e6 / DATA.khz, units = [["s", 1e9], ["ms", 1e6], ["\u00b5s", 1e3], ["ns", 1]];
	const [unit, size] = units.find(([, one]) => ns >= one) || units[3];
	const digits = Math.ceil(-Math.log10(step * 1e6 / DATA.khz / size) - 1e-9);
	return (ns / size).toFixed(Math.max(0, Math.min(9, digits))) + " " + unit;
}

function element(tag, content, attributes) {
	const made = document.createElement(tag);
	if (content instanceof Node) made.append(content);
	else if (content !== undefined) made.textContent = content;
	for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
	return made;
}

function row(table, cells, attributes) {
	const tr = element("tr", undefined, attributes);
	for (const cell of cells) tr.append(cell);
	table.append(tr);
	return tr;
}

const cell = (content, numeric, more) =>
	element("td", content, Object.assign(numeric ? {class: "n"} : {}, more));
const heads = (table, names) => row(table, names.map(([name, numeric]) =>
	element("th", name, numeric ? {class: "n"} : {})));

function kindCell(kind, name) {
	const td = cell();
	td.append(element("span", "", {class: "kind",
		style: "background:" + (KIND_COLORS[kind] || "#b8c2cc")}), name);
	return td;
}

/* ---- timeline: what lies where ---- */

const canvas = byId("canvas"), ctx = canvas.getContext("2d"), tip = byId("tip");
let from = 0, to = Math.max(DATA.length, 1), width = 0;
/* Of each lane: rows of slice numbers in the order of time; 0 guest or CPU, 1 visits. */
const rows = DATA.lanes.map(() => [[], []]);
const longest = DATA.lanes.map(() => [0, 0]);
const rowOf = category => category === VISIT || category === OFF ? 1 : 0;
DATA.slices.forEach((slice, number) => {
	const place = rowOf(slice[1]);
	rows[slice[0]][place].push(number);
	longest[slice[0]][place] = Math.max(longest[slice[0]][place], slice[4]);
});
const marksOf = new Map();
for (const [number, time, what] of DATA.marks) {
	if (!marksOf.has(number)) marksOf.set(number, []);
	marksOf.get(number).push([time, what]);
}

const x = time => LEFT + (time - from) / (to - from) * (width - LEFT);
const time_at = px => from + (px - LEFT) / (width - LEFT) * (to - from);
const laneTop = lane => TOP + lane * LANE;

function sliceColor(slice) {
	switch (slice[1]) {
	case GUEST: return color(text(slice[2]) === "kernel" ? "kernel" : "user");
	case VISIT: return KIND_COLORS[text(slice[6])] || "#8896a5";
	case OFF: return color("off");
	case IDLE: return color("idle");
	default: return color("run");
	}
}
const colors = DATA.slices.map(sliceColor);

/* The first of a row's slices that may reach into sight. */
function firstVisible(list, reach) {
	let low = 0, high = list.length;
	while (low < high) {
		const mid = low + high >> 1;
		if (DATA.slices[list[mid]][3] < from - reach) low = mid + 1;
		else high = mid;
	}
	return low;
}

/* ---- timeline: drawing ---- */

function drawRow(lane, place) {
	const list = rows[lane][place], y = laneTop(lane) + (place ? 22 : 4), height = place ? 18 : 16;
	let lastPixel = -1, lastColor = "";
	for (let i = firstVisible(list, longest[lane][place]); i < list.length; i++) {
		const slice = DATA.slices[list[i]];
		if (slice[3] > to) break;
		if (slice[3] + slice[4] < from) continue;
		const left = Math.max(x(slice[3]), LEFT), right = Math.min(x(slice[3] + slice[4]), width);
		const wide = Math.max(right - left, 1), pixel = Math.round(left);
		if (wide <= 1 && pixel === lastPixel && colors[list[i]] === lastColor) continue;
		ctx.fillStyle = lastColor = colors[list[i]];
		lastPixel = pixel;
		ctx.fillRect(left, y, wide > 3 ? wide - 0.5 : wide, height);
		if (wide > 46 && slice[1] !== OFF) label(text(slice[2]), left + 4, y + height - 5, wide - 8,
			slice[1] === VISIT);
	}
}

function label(what, left, y, room, onDark) {
	ctx.save();
	ctx.beginPath();
	ctx.rect(left, y - 14, room, 20);
	ctx.clip();
	ctx.fillStyle = onDark ? "#ffffff" : color("ink");
	ctx.fillText(what, left, y);
	ctx.restore();
}

function drawMarks() {
	ctx.fillStyle = "#17202b";
	const pixels = new Set();
	for (const [number, time] of DATA.marks) {
		if (time < from || time > to) continue;
		const left = Math.round(x(time)), lane = DATA.slices[number][0];
		if (pixels.has(lane * 100000 + left)) continue;
		pixels.add(lane * 100000 + left);
		ctx.beginPath();
		ctx.arc(left, laneTop(lane) + 41, 1.6, 0, 7);
		ctx.fill();
	}
}

function drawArrows() {
	const shown = DATA.arrows.filter(([kind, , , start, , end]) =>
		byId(kind ? "grants" : "events").checked && end >= from && start <= to);
	const alpha = Math.max(0.07, Math.min(0.75, 60 / Math.max(shown.length, 1)));
	ctx.lineWidth = 1.2;
	for (const [kind, , source, start, target, end] of shown) {
		const x1 = x(start), x2 = x(end), y1 = laneTop(source) + 31, y2 = laneTop(target) + 31;
		ctx.globalAlpha = alpha;
		ctx.strokeStyle = ctx.fillStyle = kind ? "#0f8f8f" : "#c2378f";
		ctx.beginPath();
		ctx.moveTo(x1, y1);
		const bend = Math.max(18, Math.abs(x2 - x1) / 3);
		ctx.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
		ctx.stroke();
		ctx.beginPath();
		ctx.moveTo(x2, y2);
		ctx.lineTo(x2 - 7, y2 - 3.5);
		ctx.lineTo(x2 - 7, y2 + 3.5);
		ctx.fill();
	}
	ctx.globalAlpha = 1;
}

function drawScale() {
	const room = (to - from) / Math.max(1, (width - LEFT) / 130);
	const power = Math.pow(10, Math.floor(Math.log10(room)));
	const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= room);
	ctx.fillStyle = color("soft");
	ctx.strokeStyle = color("line");
	ctx.lineWidth = 1;
	for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
		const at = Math.round(x(time)) + 0.5;
		ctx.beginPath();
		ctx.moveTo(at, TOP - 6);
		ctx.lineTo(at, laneTop(DATA.lanes.length));
		ctx.stroke();
		ctx.fillText(time ? tickLabel(time, step) : "0", at + 4, 14);
	}
}

function drawLabels() {
	ctx.fillStyle = color("paper");
	ctx.fillRect(0, 0, LEFT, canvas.height);
	DATA.lanes.forEach(([name, more], lane) => {
		ctx.fillStyle = color("ink");
		ctx.fillText(name, 2, laneTop(lane) + 17);
		ctx.fillStyle = color("soft");
		ctx.fillText(more, 2, laneTop(lane) + 34);
		ctx.strokeStyle = color("line");
		ctx.beginPath();
		ctx.moveTo(0, laneTop(lane) + 0.5);
		ctx.lineTo(width, laneTop(lane) + 0.5);
		ctx.stroke();
	});
}

function draw() {
	const ratio = window.devicePixelRatio || 1;
	width = canvas.clientWidth;
	const height = laneTop(DATA.lanes.length) + 6;
	canvas.style.height = height + "px";
	canvas.width = width * ratio;
	canvas.height = height * ratio;
	ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
	ctx.font = '12px system-ui, "DejaVu Sans", sans-serif';
	ctx.fillStyle = color("paper");
	ctx.fillRect(0, 0, width, height);
	drawScale();
	ctx.save();
	ctx.beginPath();
	ctx.rect(LEFT, TOP, width - LEFT, height);
	ctx.clip();
	DATA.lanes.forEach((_, lane) => {
		drawRow(lane, 0);
		drawRow(lane, 1);
	});
	drawMarks();
	drawArrows();
	ctx.restore();
	drawLabels();
}

/* ---- timeline: moving about ---- */

function show(start, end) {
	const span = Math.max(end - start, 20);
	from = Math.max(0, Math.min(start, DATA.length - span));
	to = Math.min(Math.max(DATA.length, 1), from + span);
	from = Math.max(0, from);
	draw();
}

function zoom(factor, around) {
	const middle = around === undefined ? (from + to) / 2 : around;
	show(middle - (middle - from) * factor, middle + (to - middle) * factor);
}

/* The innermost slice under a point, or null. */
function sliceAt(px, py) {
	const lane = Math.floor((py - TOP) / LANE);
	if (px < LEFT || lane < 0 || lane >= DATA.lanes.length) return null;
	const place = py - laneTop(lane) > 21 ? 1 : 0, list = rows[lane][place];
	const slack = 2 * (to - from) / (width - LEFT), time = time_at(px);
	let best = null;
	for (let i = firstVisible(list, longest[lane][place]); i < list.length; i++) {
		const slice = DATA.slices[list[i]];
		if (slice[3] > time + slack) break;
		if (slice[3] + slice[4] >= time - slack &&
		    (best === null || slice[4] <= DATA.slices[best][4])) best = list[i];
	}
	return best;
}

function describe(number) {
	const slice = DATA.slices[number], lines = [];
	if (text(slice[7])) lines.push(text(slice[7]));
	const marks = marksOf.get(number) || [];
	for (const [time, what] of marks.slice(0, 8))
		lines.push("\u2022 +" + (time - slice[3]) + " " + text(what));
	if (marks.length > 8) lines.push("\u2022 and " + (marks.length - 8) + " more");
	const cost = slice[1] === VISIT ? grouped(slice[4] - slice[5]) + " cycles" : duration(slice[4]);
	const off = slice[5] ? ", others ran for " + duration(slice[5]) : "";
	return ["at " + duration(slice[3]) + ": " + cost + off].concat(lines).join("\n");
}

function hover(event) {
	const box = canvas.getBoundingClientRect();
	const number = sliceAt(event.clientX - box.left, event.clientY - box.top);
	tip.style.display = number === null ? "none" : "block";
	if (number === null) return;
	const slice = DATA.slices[number];
	tip.replaceChildren(element("b", DATA.lanes[slice[0]][0] + ": " + text(slice[2])),
		describe(number));
	const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
	tip.style.left = left + "px";
	tip.style.top = event.clientY + 16 + "px";
}

function goTo(number) {
	const [, , , start, length] = DATA.slices[number];
	show(start - length * 1.5 - 100, start + length * 2.5 + 100);
}

let drag = null;
canvas.addEventListener("wheel", event => {
	event.preventDefault();
	zoom(event.deltaY > 0 ? 1.3 : 1 / 1.3, time_at(event.offsetX));
}, {passive: false});
canvas.addEventListener("mousedown", event => {
	drag = {px: event.clientX, from, to};
	canvas.classList.add("dragging");
});
addEventListener("mouseup", () => {
	drag = null;
	canvas.classList.remove("dragging");
});
addEventListener("mousemove", event => {
	if (!drag) return;
	const moved = (drag.px - event.clientX) / (width - LEFT) * (drag.to - drag.from);
	show(drag.from + moved, drag.to + moved);
});
canvas.addEventListener("mousemove", hover);
canvas.addEventListener("mouseleave", () => { tip.style.display = "none"; });
canvas.addEventListener("dblclick", event => {
	const number = sliceAt(event.offsetX, event.offsetY);
	if (number !== null) goTo(number);
});
byId("in").onclick = () => zoom(0.5);
byId("out").onclick = () => zoom(2);
byId("all").onclick = () => show(0, DATA.length);
byId("events").onchange = byId("grants").onchange = draw;
addEventListener("resize", draw);

/* page.html#123-456 shows those cycles. */
function showHash() {
	const range = location.hash.match(/^#(\d+)-(\d+)$/);
	/* At first, what there is to see: a guest's building comes before. */
	const first = DATA.slices.length ? DATA.slices[0][3] : 0;
	if (range) show(Number(range[1]), Number(range[2]));
	else show(first - (DATA.length - first) / 100, DATA.length);
}
addEventListener("hashchange", showHash);
