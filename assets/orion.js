// Keyboard, palette, copy, reveal. Works by delegation, so that React may redraw as it likes.
(function () {
  "use strict";
  var GOTO = { o: "/", c: "/connections", r: "/records", m: "/marketplace", s: "/settings/members" };
  var pendingG = 0;

  function $(selector, root) { return (root || document).querySelector(selector); }
  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function typing(el) { return el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)); }
  function visible(el) { return el && el.offsetParent !== null; }
  // A click on a real link keeps the app's own navigation (no page load).
  function go(path) {
    var here = all("a[href]").find(function (a) { return a.getAttribute("href") === path; });
    if (here) here.click(); else location.assign(path);
  }

  // ----- palette -----
  function palette() { return $("#palette"); }
  function hits() { return all("[role=option]", palette()); }
  function choose(index) {
    var list = hits();
    list.forEach(function (el, i) { el.setAttribute("aria-selected", i === index ? "true" : "false"); });
    if (list[index]) list[index].scrollIntoView({ block: "nearest" });
  }
  function chosen() { return hits().findIndex(function (el) { return el.getAttribute("aria-selected") === "true"; }); }
  function openPalette() {
    var box = palette();
    if (!box || box.open) return;
    box.showModal();
    var input = $("#palette-input");
    input.focus(); input.select();
    choose(0);
  }
  function closePalette() { var box = palette(); if (box && box.open) box.close(); }
  new MutationObserver(function (changes) {
    var box = palette();
    if (box && box.open && changes.some(function (c) { return c.type === "childList" && box.contains(c.target); })) choose(0);
  }).observe(document.documentElement, { childList: true, subtree: true });

  // ----- the list of shortcuts -----
  function shortcuts() { return $("#shortcuts"); }

  // ----- rows -----
  function rows() { return all("[data-row]").filter(visible); }
  function moveRow(step) {
    var list = rows();
    if (!list.length) return;
    var at = list.findIndex(function (r) { return r.contains(document.activeElement) || r.classList.contains("at"); });
    if (at < 0) at = list.findIndex(function (r) { return r.classList.contains("sel"); });
    var open = document.body.classList.contains("has-drawer") || $(".drawer");
    var next = list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))];
    list.forEach(function (r) { r.classList.remove("at"); });
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    var target = $("a[data-open]", next) || $("a[href]", next);
    if (target) { if (open) target.click(); else target.focus({ preventScroll: true }); }
  }
  function moveCell(key) {
    var cell = document.activeElement;
    var row = cell.closest("[role=row]");
    var cells = all("[role=cell],[role=rowheader]", row);
    var column = cells.indexOf(cell.closest("[role=cell],[role=rowheader]"));
    var step = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      for (var c = column + step; c >= 0 && c < cells.length; c += step) {
        var aside = $("a", cells[c]); if (aside) { aside.focus(); return true; }
      }
      return false;
    }
    for (var r = step > 0 ? row.nextElementSibling : row.previousElementSibling; r; r = step > 0 ? r.nextElementSibling : r.previousElementSibling) {
      var there = all("[role=cell],[role=rowheader]", r)[column];
      var below = there && $("a", there);
      if (below) { below.focus(); return true; }
    }
    return false;
  }

  document.addEventListener("keydown", function (e) {
    var box = palette();
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
      e.preventDefault();
      if (box && box.open) closePalette(); else openPalette();
      return;
    }
    if (box && box.open) {
      var list = hits(), at = chosen();
      if (e.key === "ArrowDown") { e.preventDefault(); choose((at + 1) % Math.max(1, list.length)); }
      else if (e.key === "ArrowUp") { e.preventDefault(); choose((at - 1 + list.length) % Math.max(1, list.length)); }
      else if (e.key === "Enter" && list[at < 0 ? 0 : at]) { e.preventDefault(); list[at < 0 ? 0 : at].click(); closePalette(); }
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (shortcuts() && shortcuts().open) { if (e.key === "?") { e.preventDefault(); shortcuts().close(); } return; }
    if (e.key === "Escape") {
      if (typing(e.target)) { e.target.blur(); return; }
      if ($("[role=dialog][data-state=open],[role=alertdialog]")) return;
      var close = $("[data-close]");
      if (visible(close)) { e.preventDefault(); close.click(); }
      return;
    }
    if (typing(e.target) || $("[role=dialog][data-state=open],[role=alertdialog],[role=menu]")) return;
    if (/^Arrow/.test(e.key) && document.activeElement && document.activeElement.dataset.cell !== undefined) {
      if (moveCell(e.key)) e.preventDefault();
      return;
    }
    var key = e.key.toLowerCase();
    if (pendingG && Date.now() - pendingG < 1200 && GOTO[key]) { pendingG = 0; e.preventDefault(); go(GOTO[key]); return; }
    pendingG = 0;
    if (e.key === "?" && shortcuts()) { e.preventDefault(); shortcuts().showModal(); return; }
    if (key === "g") { pendingG = Date.now(); return; }
    if (e.key === "/") { var search = $("[data-search]"); if (visible(search)) { e.preventDefault(); search.focus(); search.select(); } return; }
    if (key === "j") { e.preventDefault(); moveRow(1); return; }
    if (key === "k") { e.preventDefault(); moveRow(-1); return; }
    if (key === "x") { var tick = $(".at input[type=checkbox]") || (document.activeElement.closest && document.activeElement.closest("[data-row]") && $("input[type=checkbox]", document.activeElement.closest("[data-row]"))); if (tick) { e.preventDefault(); tick.click(); } return; }
    var own = $('[data-key="' + key + '"]');
    if (visible(own) && !own.disabled) { e.preventDefault(); own.click(); }
  });

  document.addEventListener("click", function (e) {
    var target = e.target.closest ? e.target : null;
    if (!target) return;
    if (target.closest("[data-palette]")) { openPalette(); return; }
    if (target === palette()) { closePalette(); return; }
    if (target.closest("[data-shut]") || target === shortcuts()) { shortcuts().close(); return; }
    if (target.closest("#palette [role=option]")) { closePalette(); return; }
    var intent = target.closest("[data-intent]");
    if (intent && intent.form) { var field = intent.form.elements.namedItem("intent"); if (field) field.value = intent.dataset.intent; }
    var reveal = target.closest("[data-reveal]");
    if (reveal) {
      var input = document.getElementById(reveal.dataset.reveal);
      if (input) {
        var show = input.type === "password";
        input.type = show ? "text" : "password";
        reveal.setAttribute("aria-label", show ? "Hide" : "Show");
        var use = $("use", reveal); if (use) use.setAttribute("href", show ? "#i-eye-off" : "#i-eye");
      }
      return;
    }
    var copy = target.closest("[data-copy]");
    if (copy) {
      var label = $("span", copy), before = label && label.textContent;
      var done = function () { if (label) { label.textContent = "Copied"; setTimeout(function () { label.textContent = before; }, 1400); } };
      var fallback = function () {
        var area = document.createElement("textarea");
        area.value = copy.dataset.copy; area.style.position = "fixed"; area.style.opacity = "0";
        (copy.closest("[role=dialog]") || document.body).appendChild(area); area.select();
        try { document.execCommand("copy"); done(); } finally { area.remove(); }
      };
      if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(copy.dataset.copy).then(done, fallback); else fallback();
      return;
    }
    // The whole row is the link.
    var row = target.closest("[data-row]");
    if (row && !target.closest("a,button,input,label,select,[role=menuitem]") && !String(getSelection())) {
      var open = $("a[data-open]", row) || $("a[href]", row);
      if (open) open.click();
    }
  });

  // Native forms: a button that works keeps its width and cannot be pressed twice.
  document.addEventListener("submit", function (e) {
    var form = e.target;
    if (form.method !== "post" || !form.dataset.native) return;
    var button = $("button[type=submit]", form);
    if (button) setTimeout(function () { button.disabled = true; button.setAttribute("aria-busy", "true"); }, 0);
  });
})();
