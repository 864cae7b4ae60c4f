// The page: GraphiQL against the endpoint that the server names in the element's data.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { useGraphiQL } from "@graphiql/react";
import { GraphiQL } from "graphiql";
import { useEffect, useRef } from "react";
import { createRoot } from "react-dom/client";

import "graphiql/style.css";
import "./page.css";
import "./workers.js";

const element = document.getElementById("graphiql");
const settings = JSON.parse(element.dataset.settings);

function fetcherFor({ endpointPath, subscriptionPath }) {
  const options = { url: new URL(endpointPath, location.href).href, enableIncrementalDelivery: false };
  if (subscriptionPath) {
    const address = new URL(subscriptionPath, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    options.subscriptionUrl = address.href;
  }
  return createGraphiQLFetcher(options);
}

// What GraphiQL stores is gone with the browser tab. Headers are never stored: its history would keep them too.
const storage = {
  getItem: (key) => sessionStorage.getItem(key),
  setItem: (key, value) => sessionStorage.setItem(key, withoutHeaders(key, value)),
  removeItem: (key) => sessionStorage.removeItem(key),
  clear: () => sessionStorage.clear(),
  get length() {
    return sessionStorage.length;
  },
};

function withoutHeaders(key, value) {
  if (!/(tabState|queries|favorites)$/.test(key)) return value;
  return JSON.stringify(JSON.parse(value), (name, item) => (name === "headers" ? null : item));
}

// GraphiQL keeps headers apart for each tab. A person signs in once: a tab without headers takes over those of the
// tab they came from. They live in this page's memory and are gone when it is closed or loaded again.
function CarryHeaders() {
  const { headerEditor, activeTabIndex, tabs } = useGraphiQL((state) => ({
    headerEditor: state.headerEditor,
    activeTabIndex: state.activeTabIndex,
    tabs: state.tabs,
  }));
  const tab = tabs[activeTabIndex];
  const lastTab = useRef(tab?.id);
  const lastHeaders = useRef("");

  useEffect(() => {
    if (!headerEditor || !tab) return;
    const headers = tab.headers?.trim() ? tab.headers : "";
    if (tab.id === lastTab.current) {
      lastHeaders.current = headers;
      return;
    }
    lastTab.current = tab.id;
    if (headers) lastHeaders.current = headers;
    else if (lastHeaders.current) headerEditor.setValue(lastHeaders.current);
  }, [headerEditor, tab]);
  return null;
}

createRoot(element).render(
  <GraphiQL
    fetcher={fetcherFor(settings)}
    defaultTabs={settings.tabs}
    defaultEditorToolsVisibility="headers"
    storage={storage}
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>{settings.title}</GraphiQL.Logo>
    <GraphiQL.Footer>
      <CarryHeaders />
    </GraphiQL.Footer>
  </GraphiQL>,
);
